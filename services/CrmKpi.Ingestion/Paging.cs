using System.Globalization;
using CrmKpi.Hosting.Problems;

namespace CrmKpi.Ingestion;

/// <summary>The query parameters that every list has: <c>after</c> and <c>limit</c>.</summary>
internal static class Paging
{
    public const int LimitMax = 1_000;

    /// <summary>The parameters.</summary>
    public static readonly string[] Parameters = ["after", "limit"];

    private const int LimitDefault = 100;
    private const int IdCharsMax = 100;

    /// <summary>How many items the caller wants.</summary>
    /// <param name="max">The most that a page of the list may have.</param>
    public static int Limit(HttpRequest request, int max = LimitMax) =>
        (int)Number(request, "limit", 1, max, Math.Min(max, LimitDefault));

    /// <summary>Behind which number the page begins.</summary>
    public static long After(HttpRequest request) => Number(request, "after", 0, long.MaxValue, 0);

    /// <summary>Behind which id the page begins; null = at the first.</summary>
    public static string? AfterId(HttpRequest request)
    {
        string? after = request.Query["after"];
        return after is null || after.Length <= IdCharsMax && !after.Any(char.IsControl)
            ? after
            : throw new ProblemException(KnownProblems.BadParameter("after", "'after' is the 'next' of the page before."));
    }

    private static long Number(HttpRequest request, string name, long min, long max, long absent)
    {
        if (!request.Query.TryGetValue(name, out var text))
            return absent;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max)
            return number;
        var range = max == long.MaxValue ? $"from {min}" : $"from {min} to {max}";
        throw new ProblemException(KnownProblems.BadParameter(name, $"'{name}' is a whole number {range}."));
    }
}
