using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Settings;
using CrmKpi.Query.Answers;
using Google.Protobuf;

namespace CrmKpi.Query.Funnel;

/// <summary>A funnel as a <c>crmkpi.v1.Funnel</c>.</summary>
internal static class FunnelMessage
{
    public static byte[] Write(CubeSnapshot snapshot, FunnelAnswer answer)
    {
        var message = new V1.Funnel
        {
            Basis = MessageAnswer.Basis(snapshot, answer.Period),
            Pipeline = answer.Pipeline ?? "",
            Summary = Summary(answer),
        };
        message.Warnings.AddWarnings(answer.Warnings);
        foreach (var stage in answer.Stages)
            message.Stages.Add(Of(stage));
        return message.ToByteArray();
    }

    private static V1.FunnelSummary Summary(FunnelAnswer answer)
    {
        var summary = new V1.FunnelSummary { WinRate = MessageAnswer.Of(answer.WinRate) };
        if (MessageAnswer.Exact(answer.Leads.Value) is { } leads)
            summary.Leads = leads;
        if (MessageAnswer.Exact(answer.Deals.Value) is { } deals)
            summary.Deals = deals;
        if (MessageAnswer.Exact(answer.Won.Value) is { } won)
            summary.Won = won;
        if (MessageAnswer.Exact(answer.Lost.Value) is { } lost)
            summary.Lost = lost;
        if (MessageAnswer.Computed(FunnelJson.Percent(answer.Deals, answer.Leads)) is { } dealsPerLead)
            summary.DealsPerLead = dealsPerLead;
        if (MessageAnswer.Computed(FunnelJson.Percent(answer.Won, answer.Leads)) is { } wonPerLead)
            summary.WonPerLead = wonPerLead;
        return summary;
    }

    private static V1.FunnelStage Of(FunnelStage stage)
    {
        var message = new V1.FunnelStage
        {
            Id = stage.Id ?? DimensionSet.Blank,
            Name = stage.Name ?? "",
            Semantic = stage.Semantic switch
            {
                StageSemantic.Open => V1.StageSemantic.Open,
                StageSemantic.Success => V1.StageSemantic.Success,
                StageSemantic.Failure => V1.StageSemantic.Failure,
                _ => V1.StageSemantic.Unspecified,
            },
            Conversion = MessageAnswer.Of(stage.Conversion),
            Days = DaysOf(stage),
            OpenAmount = MessageAnswer.Text(stage.OpenAmount),
            Lost = MessageAnswer.Text(stage.Lost),
            LostAmount = MessageAnswer.Text(stage.LostAmount),
        };
        if (MessageAnswer.Exact(stage.Conversion.Denominator) is { } entered)
            message.Entered = entered;
        if (MessageAnswer.Exact(stage.Conversion.Numerator) is { } advanced)
            message.Advanced = advanced;
        if (MessageAnswer.Exact(stage.Stuck.Denominator) is { } open)
            message.Open = open;
        if (MessageAnswer.Exact(stage.Stuck.Numerator) is { } stuck)
            message.Stuck = stuck;
        if (MessageAnswer.Computed(stage.Stuck.Value) is { } share)
            message.StuckShare = share;
        return message;
    }

    private static V1.StageDays DaysOf(FunnelStage stage)
    {
        var days = new V1.StageDays();
        if (MessageAnswer.Computed(stage.TimeMean.Value) is { } mean)
            days.Mean = mean;
        if (MessageAnswer.Computed(stage.TimeMedian.Value) is { } median)
            days.Median = median;
        if (MessageAnswer.Computed(stage.TimeP90.Value) is { } p90)
            days.P90 = p90;
        if (MessageAnswer.Exact(stage.TimeMean.N) is { } n)
            days.N = n;
        return days;
    }
}
