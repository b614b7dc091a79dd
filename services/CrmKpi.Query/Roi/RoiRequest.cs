using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Roi;
using CrmKpi.Domain.Periods;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Roi;

/// <summary>A request for what the CRM cost and brought.</summary>
internal sealed record RoiRequest : AnswerRequest
{
    public override string Kind => "roi";

    private const string Benefit = "benefit";
    private const string BaselineFrom = "baselineFrom";
    private const string BaselineTo = "baselineTo";

    private static readonly string[] Known =
    [
        .. PeriodParameters.Known, Benefit, BaselineFrom, BaselineTo, .. RoiInputs.Names, "minSequence", AsOfPoint.Name,
        .. FormatParameters.Names,
    ];

    public required PeriodParameters Period { get; init; }
    public required Period? Baseline { get; init; }
    public required BenefitSource Source { get; init; }
    public required IReadOnlyDictionary<string, decimal> Given { get; init; }

    /// <summary>Checks the parameters of <c>GET /v1/tenants/{tenant}/roi</c>.</summary>
    public static RoiRequest Parse(AskedRequest asked)
    {
        var parameters = asked.Read(Known);
        var period = PeriodParameters.Read(parameters);
        var baseline = ReadBaseline(parameters);
        var source = (BenefitSource)(parameters.Choice(Benefit, RoiJson.Sources) ?? 0);
        var given = ReadGiven(parameters);
        var format = FormatParameters.Read(parameters, asked.AcceptsCsv);
        var minSequence = parameters.Number("minSequence", 0, long.MaxValue) ?? 0;
        var inputs = string.Join(',', given.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key}={g.Value}")));
        return new RoiRequest
        {
            Period = period,
            Baseline = baseline,
            Source = source,
            Given = given,
            Measures = RoiQuery.Measures,
            Format = format,
            MinSequence = minSequence,
            AsOf = AsOfPoint.Read(parameters, minSequence),
            Canonical = string.Create(
                CultureInfo.InvariantCulture,
                $"roi|{period.From?.DayNumber}|{period.To?.DayNumber}|{baseline}|{source}|{inputs}|{format}"),
        };
    }

    /// <inheritdoc/>
    public override CachedAnswer Render(CubeSnapshot snapshot, DateOnly today, CancellationToken ct)
    {
        // A return says something from a year on: that is the period when the query does not say.
        var period = Period.From is null ? Period with { From = (Period.To ?? today).AddYears(-1) } : Period;
        var query = new RoiQuery(
            period.Resolve(today), Baseline ?? snapshot.Settings.Baseline, Source, Given, today,
            Format.Language ?? KpiRequest.LanguageOf(snapshot));
        var answer = ReturnOnInvestment.Answer(snapshot, query, ct);
        return new CachedAnswer(Format.Csv is { } csv ? RoiCsv.Write(answer, csv) : RoiJson.Write(snapshot, answer), null);
    }

    private static Period? ReadBaseline(QueryParameters parameters)
    {
        var (from, to) = (parameters.Day(BaselineFrom), parameters.Day(BaselineTo));
        if (from is null && to is null)
            return null;
        if (from is not { } first || to is not { } end)
            throw parameters.Bad(
                from is null ? BaselineFrom : BaselineTo, $"A baseline has both '{BaselineFrom}' and '{BaselineTo}'.");
        if (first >= end || end.DayNumber - first.DayNumber > Domain.Periods.Period.DaysMax)
            throw parameters.Bad(
                BaselineFrom,
                $"The baseline must have 1 to {Domain.Periods.Period.DaysMax} days; it is from {first:yyyy-MM-dd} to "
                + $"{end:yyyy-MM-dd}, the day after the last one.");
        return new Period(first, end);
    }

    private static SortedDictionary<string, decimal> ReadGiven(QueryParameters parameters)
    {
        var given = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var name in RoiInputs.Names)
        {
            var (min, max) = RoiInputs.RangeOf(name);
            if (parameters.Decimal(name, min, max) is { } value)
                given.Add(name, value);
        }
        return given;
    }
}
