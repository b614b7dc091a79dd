using CrmKpi.Domain.Kpis;
using CrmKpi.Hosting.Problems;
using Microsoft.Net.Http.Headers;

namespace CrmKpi.Query.Parameters;

/// <summary>How a CSV answer is written.</summary>
internal sealed record CsvFormat(char Delimiter, bool Bom);

/// <summary>
/// How an answer is written: <c>format=json|csv</c> or the Accept header, <c>delimiter</c> and <c>bom</c> of a CSV, and <c>lang</c> of
/// names and warnings.
/// </summary>
/// <param name="Csv">Null = JSON, or a message.</param>
/// <param name="Language">Null = that of the tenant.</param>
/// <param name="IsMessage">A protobuf message, for who asks by one.</param>
internal sealed record FormatParameters(CsvFormat? Csv, Language? Language, bool IsMessage = false)
{
    /// <summary>Writes an answer in the one of its forms that was asked for.</summary>
    public byte[] Write(Func<CsvFormat, byte[]> csv, Func<byte[]> json, Func<byte[]> message) =>
        Csv is { } format ? csv(format) : IsMessage ? message() : json();

    public static readonly string[] Names = ["format", "delimiter", "bom", "lang"];

    private static readonly string[] Formats = ["json", "csv"];
    private static readonly string[] Delimiters = [",", ";", "tab"];
    private static readonly string[] Switches = ["false", "true"];
    private static readonly string[] Languages = ["en", "ru"];

    public static FormatParameters Read(QueryParameters parameters, bool acceptsCsv)
    {
        if (parameters.Names.AreFields)
            return new FormatParameters(null, ReadLanguage(parameters), IsMessage: true);
        var csv = parameters.Choice("format", Formats) is { } format ? format == 1 : acceptsCsv;
        var delimiter = parameters.Choice("delimiter", Delimiters);
        var bom = parameters.Choice("bom", Switches);
        if (!csv && (delimiter ?? bom) is not null)
            throw parameters.Bad(
                delimiter is not null ? "delimiter" : "bom", "'delimiter' and 'bom' are for CSV: add format=csv.");
        return new FormatParameters(
            csv ? new CsvFormat(delimiter switch { 1 => ';', 2 => '\t', _ => ',' }, bom == 1) : null, ReadLanguage(parameters));
    }

    /// <summary>The language asked for.</summary>
    public static Language? ReadLanguage(QueryParameters parameters) => (Language?)parameters.Choice("lang", Languages);

    /// <summary>True when the Accept header prefers CSV to JSON; 406 when it takes neither.</summary>
    public static bool AcceptsCsv(HttpRequest request)
    {
        var accept = request.Headers.Accept;
        if (accept.Count == 0 || (accept.Count == 1 && accept[0] is "*/*" or "application/json" or ""))
            return false;
        if (!MediaTypeHeaderValue.TryParseList(accept, out var types))
            return false;
        // Higher quality first, then the more specific, then the order in the header.
        foreach (var type in types.OrderByDescending(t => t.Quality ?? 1).ThenByDescending(t => !t.MatchesAllTypes))
        {
            if (type.Quality == 0)
                continue;
            if (type.MatchesAllTypes || type.MediaType == "application/*" || type.MediaType == "application/json")
                return false;
            if (type.MediaType == "text/*" || type.MediaType == "text/csv")
                return true;
        }
        throw new ProblemException(KnownProblems.OfStatus(StatusCodes.Status406NotAcceptable) with
        {
            Parameter = "Accept",
            Allowed = ["application/json", "text/csv"],
        });
    }
}
