using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.Parameters;
using DomainCohorts = CrmKpi.Domain.Kpis.Evaluation.Cohorts;

namespace CrmKpi.Query.Cohorts;

/// <summary>A request for the cohort table.</summary>
internal sealed record CohortRequest : AnswerRequest
{
    public override string Kind => "cohorts";

    /// <summary>Months since the first purchase when the query does not say.</summary>
    private const int MonthsDefault = 12;

    /// <summary>Months of first purchase when the query does not say, this month included.</summary>
    private const int CohortsDefault = 13;

    private static readonly string[] Known =
        [.. PeriodParameters.Known, "months", FilterParameters.Name, "minSequence", AsOfPoint.Name, .. FormatParameters.Names];

    public required DateOnly? From { get; init; }
    public required DateOnly? To { get; init; }
    public required int Months { get; init; }
    public required IReadOnlyList<DimensionFilter> Filters { get; init; }

    /// <summary>Checks the parameters of <c>GET /v1/tenants/{tenant}/cohorts</c>.</summary>
    public static CohortRequest Parse(AskedRequest asked)
    {
        var parameters = asked.Read(Known);
        var filters = FilterParameters.Read(parameters);
        foreach (var filter in filters.Where(f => (f.Dimension & Dimensions.Party) == 0))
            throw parameters.Bad(
                FilterParameters.Name, $"Customers have no dimension '{DimensionSet.NameOf(filter.Dimension)}'.",
                [.. DimensionSet.Names.Where(n => (Dimensions.Party & DimensionSet.Parse(n)) != 0)]);
        var period = PeriodParameters.Read(parameters);
        var months = (int)(parameters.Number("months", 0, DomainCohorts.MonthsMax) ?? MonthsDefault);
        var format = FormatParameters.Read(parameters, asked.AcceptsCsv);
        var minSequence = parameters.Number("minSequence", 0, long.MaxValue) ?? 0;
        return new CohortRequest
        {
            From = period.From,
            To = period.To,
            Months = months,
            Filters = filters,
            Measures = DomainCohorts.Measures,
            Format = format,
            MinSequence = minSequence,
            AsOf = AsOfPoint.Read(parameters, minSequence),
            Canonical = string.Create(
                CultureInfo.InvariantCulture,
                $"cohorts|{period.From?.DayNumber}|{period.To?.DayNumber}|{months}|{DimensionFilter.Canonical(filters)}|{format}"),
        };
    }

    /// <inheritdoc/>
    public override CachedAnswer Render(CubeSnapshot snapshot, DateOnly today, CancellationToken ct)
    {
        var to = To ?? today.AddDays(1);
        var last = to.AddDays(-1);
        var from = From ?? new DateOnly(last.Year, last.Month, 1).AddMonths(1 - CohortsDefault);
        var period = new PeriodParameters(from, to, ParameterNames.QueryString).Resolve(today);
        // Cohorts are whole months: the table begins with the month of the first day and ends with that of the last.
        var whole = new Period(new DateOnly(from.Year, from.Month, 1), new DateOnly(last.Year, last.Month, 1).AddMonths(1));
        var answer = DomainCohorts.Answer(
            snapshot, period, Months, Filters, today, Format.Language ?? KpiRequest.LanguageOf(snapshot));
        return new CachedAnswer(
            Format.Csv is { } csv ? CohortCsv.Write(answer, csv) : CohortJson.Write(snapshot, whole, answer), null);
    }
}
