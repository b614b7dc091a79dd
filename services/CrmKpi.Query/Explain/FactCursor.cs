using System.Globalization;
using System.Text;
using CrmKpi.Domain.Folding;
using CrmKpi.Query.Parameters;
using Microsoft.AspNetCore.WebUtilities;

namespace CrmKpi.Query.Explain;

/// <summary>Where a page of facts begins: distinct values come first, then entities by kind and id.</summary>
/// <param name="Value">Place among the distinct values; null = they are done.</param>
/// <param name="Kind">The kind of the entity.</param>
/// <param name="FromId">Its id.</param>
/// <param name="Skip">How many of its facts were on the page before.</param>
/// <param name="Generation">The read model that the page before came from.</param>
/// <param name="Sequence">And how far it was.</param>
internal sealed record FactCursor(int? Value, EntityKind Kind, string FromId, int Skip, int Generation, long Sequence)
{
    /// <summary>The first page.</summary>
    public static readonly FactCursor Start = new(0, 0, "", 0, 0, 0);

    private const int CharsMax = 4_096;

    /// <summary>Whether the page before was of another state of the read model.</summary>
    public bool IsOlderThan(int generation, long sequence) =>
        Sequence > 0 && (Generation != generation || Sequence != sequence);

    /// <summary>Reads the parameter <c>page</c>.</summary>
    public static FactCursor Read(QueryParameters parameters)
    {
        if (parameters.Single("page") is not { } cursor)
            return Start;
        try
        {
            var parts = cursor.Length > CharsMax
                ? [] : Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(cursor)).Split('|', 7);
            if (parts is ["f", var value, var kind, var skip, var generation, var sequence, var id]
                && int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at) && at >= -1
                && byte.TryParse(kind, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && int.TryParse(skip, NumberStyles.None, CultureInfo.InvariantCulture, out var skipped)
                && int.TryParse(generation, NumberStyles.None, CultureInfo.InvariantCulture, out var build)
                && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var reached)
                && !id.Contains('\0', StringComparison.Ordinal))
                return new FactCursor(at < 0 ? null : at, (EntityKind)number, id, skipped, build, reached);
        }
        catch (FormatException)
        {
            // Not one of ours, as said below.
        }
        throw parameters.BadPage();
    }

    /// <inheritdoc/>
    public override string ToString() => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"f|{Value ?? -1}|{(byte)Kind}|{Skip}|{Generation}|{Sequence}|{FromId}")));
}
