using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Answers;

/// <summary>A question as it came. Two are equal when they came alike, so that it need be read and checked only once.</summary>
/// <param name="AcceptsCsv">Whether a table is wanted unless the parameters say otherwise.</param>
internal abstract record AskedRequest(bool AcceptsCsv)
{
    /// <summary>What it costs to remember it: about so many characters.</summary>
    public abstract int Size { get; }

    /// <summary>Its parameters; throws the problem of one that is not among <paramref name="known"/>.</summary>
    public abstract QueryParameters Read(IReadOnlyList<string> known);
}

/// <summary>A question in a query string.</summary>
internal sealed record QueryStringRequest(string Text, bool AcceptsCsv) : AskedRequest(AcceptsCsv)
{
    /// <inheritdoc/>
    public override int Size => Text.Length;

    /// <summary>That of an HTTP request.</summary>
    public static QueryStringRequest Of(HttpRequest request) =>
        new(request.QueryString.Value ?? "", FormatParameters.AcceptsCsv(request));

    /// <inheritdoc/>
    public override QueryParameters Read(IReadOnlyList<string> known) => QueryParameters.Read(Text, known);
}
