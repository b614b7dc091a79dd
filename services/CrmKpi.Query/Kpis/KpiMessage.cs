using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Query.Answers;
using Google.Protobuf;

namespace CrmKpi.Query.Kpis;

/// <summary>KPIs as a <c>crmkpi.v1.KpiAnswer</c>.</summary>
internal static class KpiMessage
{
    public static byte[] Write(CubeSnapshot snapshot, KpiAnswer answer, string? nextPage)
    {
        var message = new V1.KpiAnswer
        {
            Basis = MessageAnswer.Basis(snapshot, answer.Query.Period),
            Grain = (V1.Grain)answer.Query.Grain,
            ComparedWith = ComparedWith(answer),
            NextPageToken = nextPage ?? "",
        };
        message.Warnings.AddWarnings(answer.Warnings);
        foreach (var result in answer.Kpis)
            message.Kpis.Add(Of(result, answer.Query.Language));
        return message.ToByteArray();
    }

    public static V1.Better Of(Better better) => better == Better.Up ? V1.Better.Up : V1.Better.Down;

    public static V1.Norm? Of(Norm? norm)
    {
        if (norm is null)
            return null;
        var message = new V1.Norm();
        if (MessageAnswer.Exact(norm.Low) is { } low)
            message.Low = low;
        if (MessageAnswer.Exact(norm.High) is { } high)
            message.High = high;
        return message;
    }

    private static V1.ComparedWith? ComparedWith(KpiAnswer answer)
    {
        var query = answer.Query;
        if (query.Compare == ComparisonKind.None)
            return null;
        return new V1.ComparedWith
        {
            Kind = (V1.Comparison.Types.Kind)query.Compare,
            Match = query.Compare != ComparisonKind.Year ? V1.Comparison.Types.Match.Unspecified
                : query.MatchWeekday ? V1.Comparison.Types.Match.Weekday : V1.Comparison.Types.Match.Date,
            Period = answer.ComparedWith is { } period ? MessageAnswer.Of(period) : null,
        };
    }

    private static V1.KpiResult Of(KpiResult result, Language language)
    {
        var (output, kpi) = (result.Output, result.Output.Kpi);
        var message = new V1.KpiResult
        {
            Id = output.Id,
            Name = kpi.Name.In(language),
            Unit = kpi.Unit.Code(),
            Better = Of(kpi.Better),
            Statistic = output.Statistic ?? "",
            Norm = Of(kpi.Norm),
            Groups = result.GroupCount,
        };
        if (output.WindowDays is { } days)
            message.WindowDays = days;
        message.GroupBy.Add(result.GroupBy.Select(DimensionSet.NameOf));
        var inputs = output.Formula.Inputs.ToList();
        foreach (var input in inputs)
            message.Inputs.Add(new V1.KpiInput { Name = input.Name, Unit = input.Unit.Code(), Origin = input.Origin.Code() });
        foreach (var series in result.Series)
            message.Series.Add(Of(series, inputs));
        return message;
    }

    private static V1.KpiSeries Of(KpiSeries series, IReadOnlyList<Input> inputs)
    {
        var message = new V1.KpiSeries();
        message.Group.Add(series.Key.Select(v => v ?? DimensionSet.Blank));
        foreach (var point in series.Points)
            message.Points.Add(Of(point, inputs));
        return message;
    }

    private static V1.KpiPoint Of(KpiPoint point, IReadOnlyList<Input> inputs)
    {
        var message = new V1.KpiPoint
        {
            Period = MessageAnswer.Of(point.Bucket.Period),
            Partial = point.Bucket.Partial,
            Value = MessageAnswer.Of(point.Value),
            Comparison = point.Comparison is { } comparison ? Of(point, comparison, inputs) : null,
            Target = Of(point.Target),
        };
        message.Inputs.AddInputs(inputs, point.Value.Inputs);
        return message;
    }

    private static V1.PointComparison Of(KpiPoint point, KpiComparison comparison, IReadOnlyList<Input> inputs)
    {
        var message = new V1.PointComparison
        {
            Period = comparison.Period is { } period ? MessageAnswer.Of(period) : null,
            Value = MessageAnswer.Of(comparison.Value),
            Scaled = comparison.Scaled,
            Difference = comparison.Difference is { } difference
                ? new V1.Difference
                {
                    Interval = MessageAnswer.Of(difference.Interval),
                    PValue = difference.P,
                    Significant = difference.IsSignificant,
                }
                : null,
        };
        message.Inputs.AddInputs(inputs, comparison.Value.Inputs);
        if (MessageAnswer.Computed(point.Change) is { } change)
            message.Change = change;
        if (MessageAnswer.Computed(point.ChangePercent) is { } percent)
            message.ChangePercent = percent;
        return message;
    }

    private static V1.TargetPoint? Of(TargetPoint? target)
    {
        if (target is null)
            return null;
        var message = new V1.TargetPoint { Value = MessageAnswer.Computed(target.Value)! };
        if (MessageAnswer.Computed(target.Attainment) is { } attainment)
            message.Attainment = attainment;
        return message;
    }
}
