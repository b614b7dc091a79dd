using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>What must hold for every KPI of the catalogue, whatever it means.</summary>
public sealed class EvaluationPropertyTests
{
    private static readonly CubeSnapshot Snapshot = World.Random(42).Snapshot();
    private static readonly Period Half = Ask.Period("2024-02-10", "2024-08-05");

    public static TheoryData<string> Ids => [.. Catalogue.All.SelectMany(Catalogue.IdsOf).Select(id => id.Replace("{n}", "14"))];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_part_of_a_series_is_what_asking_for_the_part_alone_gives(string id)
    {
        foreach (var grain in new[] { Grain.Day, Grain.Week, Grain.Month })
            foreach (var point in Evaluator.Answer(Snapshot, Ask.Query(id, Half) with { Grain = grain }).Kpis[0].Series[0].Points)
                Assert.Equal(Snapshot.Value(id, point.Bucket.Period), point.Value);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_group_is_what_the_filter_for_it_gives(string id)
    {
        foreach (var dimension in DimensionsOf(id))
            foreach (var (key, value) in Snapshot.By(id, Half, dimension))
            {
                var filter = new DimensionFilter(dimension, [key == DimensionSet.Blank ? null : key]);
                Assert.Equal(Snapshot.Value(id, Half, filter), value);
            }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_filter_that_all_cells_pass_changes_nothing(string id)
    {
        foreach (var dimension in DimensionsOf(id))
        {
            string?[] all = [.. Snapshot.DimensionSets.Select(d => d[dimension]).Distinct()];
            Assert.Equal(Snapshot.Value(id, Half), Snapshot.Value(id, Half, new DimensionFilter(dimension, all)));
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_comparison_is_what_asking_for_the_other_period_gives(string id)
    {
        foreach (var kind in new[] { ComparisonKind.Previous, ComparisonKind.Year })
            foreach (var grain in new[] { Grain.None, Grain.Day, Grain.Month })
            {
                var query = Ask.Query(id, Ask.Period("2024-06-01", "2024-08-01")) with { Grain = grain, Compare = kind };
                foreach (var point in Evaluator.Answer(Snapshot, query).Kpis[0].Series[0].Points)
                    Assert.Equal(point.Comparison is { Period: { } p } ? Snapshot.Value(id, p) : null, point.Comparison?.Value);
            }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Without_data_a_ratio_is_null_and_never_zero(string id)
    {
        var empty = CubeSnapshot.From("t", new(), []);
        var value = empty.Value(id, Half);
        var counts = Catalogue.Resolve(id)!.Formula is not (
            Operation { Operator: Operator.Over or Operator.Times or Operator.Max } or Quantile or Payback);
        Assert.Equal(counts ? 0m : null, value.Value);
        Assert.Null(value.Interval);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void An_interval_holds_its_value_and_the_whole_is_what_the_groups_sum_up_to(string id)
    {
        var total = Snapshot.Value(id, Half);
        if (total.Interval is { } interval && Catalogue.Resolve(id)!.Formula is not Quantile)
            Assert.InRange((double)total.Value!.Value, interval.Low, interval.High);
        if (total.Denominator is { } denominator && !id.EndsWith("per_manager", StringComparison.Ordinal))
            foreach (var dimension in DimensionsOf(id))
                Assert.Equal(denominator, Snapshot.By(id, Half, dimension).Values.Sum(v => v.Denominator));
    }

    private static IEnumerable<Dimensions> DimensionsOf(string id) =>
        Enum.GetValues<Dimensions>().Where(d =>
            int.PopCount((int)d) == 1 && (Catalogue.Resolve(id)!.Kpi.Dimensions & d) != 0
            && d is Dimensions.Manager or Dimensions.Source or Dimensions.Stage or Dimensions.Pipeline
            && (Catalogue.Resolve(id)!.Kpi.Dimensions & d) != 0);
}
