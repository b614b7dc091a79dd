using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis;

public sealed class EvaluatorTests
{
    private static readonly Period Quarter = Ask.Period("2025-01-01", "2025-04-01");

    private static CubeSnapshot Leads() => new Story().Leads("2024-10-05", 5, "ads").Leads("2025-01-05", 10, "ads")
        .Leads("2025-01-06", 4, "web").Leads("2025-02-06", 2, "web").Leads("2025-03-06", 7).Leads("2024-11-01", 1, "gone").Snapshot();

    [Fact]
    public void Groups_come_largest_first_and_blank_is_a_group_of_its_own()
    {
        var result = Ask_(q => q with { GroupBy = [Dimensions.Source] });
        Assert.Equal(["ads", null, "web"], result.Series.Select(s => s.Key[0]));
        Assert.Equal([10m, 7, 6], result.Series.Select(s => s.Points[0].Value.Value!.Value));
    }

    [Fact]
    public void A_group_that_exists_only_in_the_comparison_is_shown()
    {
        var result = Ask_(q => q with { GroupBy = [Dimensions.Source], Compare = ComparisonKind.Previous });
        var gone = result.Series.Single(s => s.Key[0] == "gone").Points[0];
        Assert.Equal((0m, 1m, -1m, -100m), (gone.Value.Value, gone.Comparison!.Value.Value, gone.Change, gone.ChangePercent));
        var web = result.Series.Single(s => s.Key[0] == "web").Points[0];
        Assert.Equal((6m, null), (web.Change, web.ChangePercent));
    }

    [Fact]
    public void Pages_hold_every_group_once()
    {
        var seen = new List<string?>();
        int? skip = 0;
        while (skip is { } from)
        {
            var answer = Evaluator.Answer(
                Leads(), Ask.Query("leads_created", Quarter) with { GroupBy = [Dimensions.Source], SkipGroups = from, TakeGroups = 2 });
            seen.AddRange(answer.Kpis[0].Series.Select(s => s.Key[0]));
            Assert.Equal(3, answer.Kpis[0].GroupCount);
            skip = answer.NextSkip;
        }
        Assert.Equal(["ads", null, "web"], seen);
    }

    [Fact]
    public void A_series_has_a_value_for_every_part_even_without_facts()
    {
        var points = Ask_(q => q with { GroupBy = [Dimensions.Source], Grain = Grain.Month }).Series[2].Points;
        Assert.Equal([4m, 2, 0], points.Select(p => p.Value.Value!.Value));
    }

    [Fact]
    public void Two_dimensions_give_their_combinations()
    {
        var cube = new Story().Leads("2025-01-05", 2, "ads", "ann").Leads("2025-01-05", 1, "ads", "bob").Leads("2025-01-05", 4, "web", "ann")
            .Snapshot();
        var query = Ask.Query("leads_created", Quarter) with { GroupBy = [Dimensions.Manager, Dimensions.Source] };
        Assert.Equal(
            ["ann/web=4", "ann/ads=2", "bob/ads=1"],
            Evaluator.Answer(cube, query).Kpis[0].Series.Select(s => $"{s.Key[0]}/{s.Key[1]}={s.Points[0].Value.Value}"));
    }

    [Fact]
    public void Too_many_values_are_refused_with_advice()
    {
        var story = new Story();
        for (var i = 0; i < 1_000; i++)
            story.Leads("2025-01-05", 1, $"source-{i}");
        var query = Ask.Query("leads_created", Ask.Period("2024-01-01", "2025-04-01")) with
        {
            GroupBy = [Dimensions.Source],
            Grain = Grain.Day,
        };
        var problem = Assert.Throws<TooManyPointsException>(() => Evaluator.Answer(story.Snapshot(), query));
        Assert.Contains("coarser grain", problem.Message);
    }

    [Fact]
    public void A_cancelled_query_stops() =>
        Assert.Throws<OperationCanceledException>(() =>
            Evaluator.Answer(Leads(), Ask.Query("leads_created", Quarter), new CancellationToken(canceled: true)));

    [Theory]
    [InlineData("2024-09-01", "2024-12-01", "period_not_covered")] // begins before the first lead
    [InlineData("2025-05-01", "2025-06-01", "period_not_covered")] // begins after the last
    [InlineData("2025-03-01", "2030-02-01", "period_not_over")]
    [InlineData("2025-01-01", "2025-04-01", null)]
    public void The_reader_is_told_what_the_data_does_not_cover(string from, string to, string? code)
    {
        var warnings = Evaluator.Answer(Leads(), Ask.Query("leads_created", Ask.Period(from, to))).Warnings;
        Assert.Equal(code is null ? [] : [code], warnings.Select(w => w.Code));
    }

    [Fact]
    public void Small_samples_and_partial_parts_are_told()
    {
        var cube = new Story().Won("2025-01-05", 5).Won("2025-02-05", 7).Snapshot();
        var query = Ask.Query("average_deal_size", Ask.Period("2025-01-05", "2025-03-01")) with { Grain = Grain.Month };
        Assert.Equal(
            ["sample_too_small", "partial_buckets"],
            Evaluator.Answer(cube, query).Warnings.Select(w => w.Code));
        Assert.Contains("30", Evaluator.Answer(cube, query).Warnings[0].Detail);
        Assert.Contains("Значений", Evaluator.Answer(cube, query with { Language = Language.Ru }).Warnings[0].Detail);
    }

    [Fact]
    public void A_tenant_without_data_gets_a_warning() =>
        Assert.Equal(
            ["no_data"],
            Evaluator.Answer(CubeSnapshot.From("t", new(), []), Ask.Query("cac", Quarter)).Warnings.Select(w => w.Code)
                .Where(c => c != "costs_missing"));

    private static KpiResult Ask_(Func<KpiQuery, KpiQuery> change) =>
        Evaluator.Answer(Leads(), change(Ask.Query("leads_created", Quarter))).Kpis[0];
}
