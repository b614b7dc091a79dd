using CrmKpi.Hosting.Problems;

namespace CrmKpi.Gateway.Routing;

/// <summary>The versions of the API. Who asks for another one is told which there are.</summary>
internal static class Versions
{
    /// <summary>All there are, the newest last.</summary>
    public static readonly IReadOnlyList<string> All = ["v1"];

    public static void UseVersions(this WebApplication app) => app.Use((context, next) =>
        context.GetEndpoint() is null && Asked(context.Request.Path) is { } version && !All.Contains(version, StringComparer.Ordinal)
            ? Unknown(version).ExecuteAsync(context)
            : next(context));

    // The first part of the path, when it is a v and a number.
    private static string? Asked(PathString path)
    {
        var text = (path.Value ?? "").AsSpan().TrimStart('/');
        var end = text.IndexOf('/');
        var first = end < 0 ? text : text[..end];
        return first is ['v', _, ..] && !first[1..].ContainsAnyExceptInRange('0', '9') ? first.ToString() : null;
    }

    private static Problem Unknown(string version) => new(
        StatusCodes.Status404NotFound, "unknown_version",
        $"There is no version '{version}' of this API; there is {string.Join(", ", All)}.")
    {
        Allowed = All,
    };
}
