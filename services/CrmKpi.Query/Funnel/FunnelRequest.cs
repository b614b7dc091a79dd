using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.Parameters;
using DomainFunnel = CrmKpi.Domain.Kpis.Evaluation.Funnel;

namespace CrmKpi.Query.Funnel;

/// <summary>A request for a pipeline's funnel.</summary>
internal sealed record FunnelRequest : AnswerRequest
{
    public override string Kind => "funnel";

    /// <summary>Stands for the deals of all pipelines together.</summary>
    public const string AllPipelines = "*";

    private static readonly string[] Known =
        ["pipeline", .. PeriodParameters.Known, FilterParameters.Name, "minSequence", AsOfPoint.Name, .. FormatParameters.Names];

    public required string? Pipeline { get; init; }
    public required PeriodParameters Period { get; init; }
    public required IReadOnlyList<DimensionFilter> Filters { get; init; }

    /// <summary>Checks what was asked, for instance of <c>GET /v1/tenants/{tenant}/funnel</c>.</summary>
    public static FunnelRequest Parse(AskedRequest asked)
    {
        var parameters = asked.Read(Known);
        var filters = FilterParameters.Read(parameters);
        foreach (var filter in filters.Where(f => (f.Dimension & Dimensions.Party) == 0))
            throw parameters.Bad(
                FilterParameters.Name,
                $"A funnel starts with leads, which have no dimension '{DimensionSet.NameOf(filter.Dimension)}'.",
                [.. DimensionSet.Names.Where(n => (Dimensions.Party & DimensionSet.Parse(n)) != 0)]);
        var period = PeriodParameters.Read(parameters);
        var format = FormatParameters.Read(parameters, asked.AcceptsCsv);
        var minSequence = parameters.Number("minSequence", 0, long.MaxValue) ?? 0;
        var pipeline = parameters.Single("pipeline");
        return new FunnelRequest
        {
            Pipeline = pipeline,
            Period = period,
            Filters = filters,
            Names = parameters.Names,
            Measures = DomainFunnel.Measures,
            Format = format,
            MinSequence = minSequence,
            AsOf = AsOfPoint.Read(parameters, minSequence),
            Canonical = string.Create(
                CultureInfo.InvariantCulture,
                $"funnel|{pipeline}|{period.From?.DayNumber}|{period.To?.DayNumber}|{DimensionFilter.Canonical(filters)}|{format}"),
        };
    }

    /// <inheritdoc/>
    public override CachedAnswer Render(CubeSnapshot snapshot, DateOnly today, CancellationToken ct)
    {
        var answer = DomainFunnel.Answer(
            snapshot, Resolve(snapshot), Period.Resolve(today), Filters, today,
            Format.Language ?? KpiRequest.LanguageOf(snapshot), ct);
        return new CachedAnswer(
            Format.Write(
                csv => FunnelCsv.Write(answer, csv), () => FunnelJson.Write(snapshot, answer),
                () => FunnelMessage.Write(snapshot, answer)),
            null);
    }

    /// <summary>The pipeline asked for; without one, the only one there is.</summary>
    private string? Resolve(CubeSnapshot snapshot)
    {
        if (Pipeline == AllPipelines)
            return null;
        var known = DomainFunnel.Pipelines(snapshot);
        string[] allowed = [.. known, AllPipelines];
        if (Pipeline is null)
            return known.Count <= 1
                ? known.FirstOrDefault()
                : throw Names.Bad("pipeline", $"There are {known.Count} pipelines: say which one.", allowed);
        return known.Contains(Pipeline)
            ? Pipeline
            : throw Names.Bad(
                "pipeline", $"There is no pipeline '{Pipeline}'.{Suggestion.For(Pipeline, known)}", allowed);
    }
}
