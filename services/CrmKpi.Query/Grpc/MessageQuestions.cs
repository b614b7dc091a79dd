using System.Globalization;
using CrmKpi.Domain.Periods;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Parameters;
using CrmKpi.V1;
using Google.Protobuf;
using Grain = CrmKpi.V1.Grain;
using PeriodComparison = CrmKpi.Domain.Periods.Comparison;

namespace CrmKpi.Query.Grpc;

/// <summary>A question in a message; an equal message is the same question.</summary>
internal sealed record MessageRequest<TMessage>(TMessage Message, Func<TMessage, QueryParameters> Parameters)
    : AskedRequest(AcceptsCsv: false) where TMessage : class, IMessage<TMessage>
{
    /// <inheritdoc/>
    public override int Size => Message.CalculateSize();

    /// <inheritdoc/>
    public override QueryParameters Read(IReadOnlyList<string> known) => Parameters(Message).RequireOnly(known);
}

/// <summary>
/// Questions of messages as the parameters that REST has: they are checked by the same code, which then names the fields.
/// </summary>
internal static class MessageQuestions
{
    private const string NextPage = "nextPage";

    /// <summary>The fields of requests that hold a question for KPIs.</summary>
    public static readonly ParameterNames QuestionNames = ParameterNames.Fields(new Dictionary<string, string>
    {
        ["kpi"] = "question.kpis",
        ["from"] = "question.from",
        ["to"] = "question.to",
        ["grain"] = "question.grain",
        ["groupBy"] = "question.group_by",
        [FilterParameters.Name] = "question.filters",
        [InputParameters.Name] = "question.inputs",
        ["compare"] = "question.compare.kind",
        ["match"] = "question.compare.match",
        ["compareFrom"] = "question.compare.from",
        ["compareTo"] = "question.compare.to",
        ["minSequence"] = "question.min_sequence",
        [AsOfPoint.Name] = "question.as_of",
        ["limit"] = "question.page_size",
        ["page"] = "question.page_token",
        ["lang"] = "question.language",
        [NextPage] = "next_page_token",
    });

    /// <summary>The fields of requests that hold their question themselves.</summary>
    public static readonly ParameterNames FlatNames = ParameterNames.Fields(new Dictionary<string, string>
    {
        [FilterParameters.Name] = "filters",
        [InputParameters.Name] = "inputs",
        ["minSequence"] = "min_sequence",
        [AsOfPoint.Name] = "as_of",
        ["limit"] = "page_size",
        ["page"] = "page_token",
        ["lang"] = "language",
        [NextPage] = "next_page_token",
    });

    private static readonly string[] Matches = ["", "date", "weekday"];
    private static readonly string[] Languages = ["", "en", "ru"];
    private static readonly string[] Parts = ["", "numerator", "denominator", "whole"];

    /// <summary>A question for KPIs; one that is not there asks for nothing.</summary>
    public static AskedRequest Of(KpiQuestion? question) =>
        new MessageRequest<KpiQuestion>(question ?? new KpiQuestion(), Read);

    /// <summary>A question for a funnel.</summary>
    public static AskedRequest Of(GetFunnelRequest request) => new MessageRequest<GetFunnelRequest>(request, Read);

    /// <summary>A question for an explanation.</summary>
    public static AskedRequest Of(ExplainRequest request) => new MessageRequest<ExplainRequest>(request, Read);

    /// <summary>The language of a catalogue.</summary>
    public static Domain.Kpis.Language Of(ListCatalogueRequest request) => FormatParameters.ReadLanguage(
        new QueryParameters(FlatNames).Set("lang", Word(Languages, (int)request.Language))) ?? Domain.Kpis.Language.En;

    private static QueryParameters Read(KpiQuestion question)
    {
        var parameters = Period(new QueryParameters(QuestionNames) { Filters = Filters(question.Filters) }, question.From, question.To)
            .Set("kpi", question.Kpis)
            .Set("grain", question.Grain == Grain.Unspecified ? "" : Word(Grains.Names, (int)question.Grain))
            .Set("groupBy", question.GroupBy)
            .Set(InputParameters.Name, Inputs(question.Inputs))
            .Set("minSequence", Number(question.MinSequence))
            .Set("limit", Number(question.PageSize))
            .Set("page", question.PageToken)
            .Set("lang", Word(Languages, (int)question.Language));
        if (question.Compare is { } compare)
            parameters
                .Set("compare", compare.Kind == 0 ? "" : Word(PeriodComparison.Names, (int)compare.Kind))
                .Set("match", Word(Matches, (int)compare.Match))
                .Set("compareFrom", compare.From)
                .Set("compareTo", compare.To);
        return Past(parameters, question.AsOf);
    }

    private static QueryParameters Read(GetFunnelRequest request) => Past(
        Period(new QueryParameters(FlatNames) { Filters = Filters(request.Filters) }, request.From, request.To)
            .Set("pipeline", request.Pipeline)
            .Set("minSequence", Number(request.MinSequence))
            .Set("lang", Word(Languages, (int)request.Language)),
        request.AsOf);

    private static QueryParameters Read(ExplainRequest request) => Past(
        Period(new QueryParameters(FlatNames) { Filters = Filters(request.Filters) }, request.From, request.To)
            .Set("kpi", request.Kpi)
            .Set(InputParameters.Name, Inputs(request.Inputs))
            .Set("part", Word(Parts, (int)request.Part))
            .Set("reading", request.HasReading ? request.Reading.ToString(CultureInfo.InvariantCulture) : "")
            .Set("minSequence", Number(request.MinSequence))
            .Set("limit", Number(request.PageSize))
            .Set("page", request.PageToken)
            .Set("lang", Word(Languages, (int)request.Language)),
        request.AsOf);

    private static QueryParameters Period(QueryParameters parameters, string from, string to) =>
        parameters.Set("from", from).Set("to", to);

    private static QueryParameters Past(QueryParameters parameters, PointInTime? point) => point is null
        ? parameters
        : parameters.Set(AsOfPoint.Name,
        [
            point.PointCase switch
            {
                PointInTime.PointOneofCase.Sequence => point.Sequence.ToString(CultureInfo.InvariantCulture),
                PointInTime.PointOneofCase.Time when Timestamps.TryRead(point.Time, out var utc) => JsonAnswer.Instant(utc),
                PointInTime.PointOneofCase.Time => $"{point.Time.Seconds} seconds {point.Time.Nanos} nanos",
                _ => "",
            },
        ]);

    private static List<AskedFilter> Filters(IEnumerable<DimensionFilter> filters) =>
        [.. filters.Select(f => new AskedFilter(f.Dimension, f.Values))];

    private static IEnumerable<string> Inputs(IEnumerable<InputValue> inputs) => inputs.Select(i => $"{i.Input}:{i.Value}");

    // A number that stands for no value of an enumeration is refused like any other wrong word.
    private static string Word(IReadOnlyList<string> words, int value) =>
        value >= 0 && value < words.Count ? words[value] : value.ToString(CultureInfo.InvariantCulture);

    // 0 is what a field without a value has.
    private static string Number(long number) => number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture);
}
