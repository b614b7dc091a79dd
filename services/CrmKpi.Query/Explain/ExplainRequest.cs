using System.Globalization;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Domain.Periods;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Explain;

/// <summary>A request to explain one KPI of a tenant.</summary>
/// <param name="Query">The KPI and its filters; period and day are those of the tenant.</param>
/// <param name="Part">The part whose facts are listed; <see cref="KpiPart.None"/> when a reading was chosen.</param>
/// <param name="Reading">The reading whose facts are listed.</param>
/// <param name="AsOf">The point in the past that is asked about; null = now.</param>
/// <param name="Canonical">Equal for equal questions.</param>
internal sealed record ExplainRequest(
    KpiQuery Query, PeriodParameters Period, KpiPart Part, int? Reading, int Limit, FactCursor Page, long MinSequence,
    AsOfPoint? AsOf, FormatParameters Format, string Canonical)
{
    /// <summary>The most facts of a page.</summary>
    public const int FactsMax = 1_000;

    /// <summary>The facts of a page when the query does not say.</summary>
    public const int FactsDefault = 100;

    private static readonly string[] Known =
    [
        "kpi", .. PeriodParameters.Known, FilterParameters.Name, InputParameters.Name, "part", "reading", "minSequence",
        AsOfPoint.Name, "limit", "page", .. FormatParameters.Names,
    ];

    private static readonly string[] Parts = ["numerator", "denominator"];

    /// <summary>True when the KPI is not in the catalogue: then <see cref="Parse"/> needs the tenant's KPIs.</summary>
    public static bool NamesOwn(AskedRequest asked) => KpiRequest.NamesOwn(asked.Read(Known));

    /// <summary>Checks what was asked, for instance of <c>GET /v1/tenants/{tenant}/explain</c>.</summary>
    /// <param name="kpis">The KPIs that can be named.</param>
    public static ExplainRequest Parse(AskedRequest asked, KpiSet kpis)
    {
        var parameters = asked.Read(Known);
        var outputs = KpiRequest.ReadOutputs(parameters, kpis);
        if (outputs.Count > 1)
            throw parameters.Bad(
                "kpi", $"One KPI is explained at a time; '{parameters.Names["kpi"]}' names {outputs.Count}.");
        var filters = FilterParameters.Read(parameters);
        foreach (var filter in filters)
            KpiRequest.RequireDimension(parameters.Names, FilterParameters.Name, filter.Dimension, outputs);
        outputs = InputParameters.Give(parameters, outputs);
        var (part, reading) = ReadPart(parameters, outputs[0]);
        var minSequence = parameters.Number("minSequence", 0, long.MaxValue) ?? 0;
        var period = PeriodParameters.Read(parameters);
        var limit = (int)(parameters.Number("limit", 1, FactsMax) ?? FactsDefault);
        var page = FactCursor.Read(parameters);
        var format = FormatParameters.Read(parameters, asked.AcceptsCsv);
        return new ExplainRequest(
            new KpiQuery(outputs, default, Grain.None, ComparisonKind.None, [], filters, default), period, part, reading, limit,
            page, minSequence, AsOfPoint.Read(parameters, minSequence), format,
            string.Create(
                CultureInfo.InvariantCulture,
                $"explain|{outputs[0].Id}|{InputParameters.Canonical(outputs)}|{period.From?.DayNumber}|{period.To?.DayNumber}|"
                + $"{DimensionFilter.Canonical(filters)}|{part}|{reading}|{limit}|{page}|{format}|own {kpis.Version}"));
    }

    /// <summary>The readings whose facts are listed.</summary>
    public IReadOnlyList<ExplainedReading> Chosen(Explanation explanation) => Reading is { } index
        ? [explanation.Readings[index]]
        : [.. explanation.Readings.Where(r => (r.Part & Part) != 0)];

    private static (KpiPart Part, int? Reading) ReadPart(QueryParameters parameters, KpiOutput output)
    {
        var names = parameters.Names;
        var part = parameters.Choice("part", Parts);
        var count = output.Formula.Readings.Count();
        if (count == 0 && parameters.Single("reading") is not null)
            throw parameters.Bad("reading", "Nothing is read: all inputs are given.");
        var reading = parameters.Number("reading", 0, count - 1);
        if (part is not null && reading is not null)
            throw parameters.Bad(
                "part", $"'{names["part"]}' and '{names["reading"]}' choose what is listed: use one of them.");
        if (output.Formula is Operation { Operator: Operator.Over })
            return reading is null ? (part == 1 ? KpiPart.Denominator : KpiPart.Numerator, null) : (KpiPart.None, (int)reading);
        return part is null
            ? (KpiPart.Whole, (int?)reading)
            : throw parameters.Bad(
                "part", $"'{output.Id}' is no ratio: leave '{names["part"]}' out, or choose a reading from 0 to {count - 1} "
                + $"by '{names["reading"]}'.");
    }
}
