using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Statistics;
using CrmKpi.Domain.Tests.Folding;

namespace CrmKpi.Domain.Tests.Kpis.Explain;

public sealed class FactSumTests
{
    private static readonly DateOnly Day = new(2011, 11, 1);

    private static readonly IReadOnlyList<KpiOutput> Outputs =
    [
        .. Catalogue.All.SelectMany(Catalogue.IdsOf).Select(id => Catalogue.Resolve(id.Replace("{n}", "30"))!),
    ];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Facts_add_up_to_what_every_reading_answers(int seed)
    {
        var history = new RandomHistory(seed);
        var explained = new Explained(history.Settings(), history.Events(400));
        var random = new Random(seed);
        foreach (var output in Outputs)
            for (var i = 0; i < 3; i++)
            {
                var from = Day.AddDays(random.Next(900));
                var period = new Period(from, from.AddDays(random.Next(1, 400)));
                var explanation = explained.Of(output, period, Filters(output, random));
                AssertSums(explained.Facts(explanation), explanation);
            }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Facts_are_looked_for_where_contributions_come_from(int seed)
    {
        var history = new RandomHistory(seed);
        var settings = history.Settings();
        var explained = new Explained(settings, history.Events(600));
        var all = new ContributionList();
        foreach (var state in explained.States(Enum.GetValues<EntityKind>()))
        {
            all.Clear();
            state.Contribute(new FoldContext(settings), all);
            foreach (var c in all.From(0).ToArray())
                Assert.Contains(state.Key.Kind, MeasureSources.Of(c.Measure));
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    // A cell is rounded once and its facts each for itself, where amounts are converted; then the amounts add up.
    private static void AssertSums(List<Fact> facts, Explanation explanation)
    {
        foreach (var reading in explanation.Readings)
        {
            var mine = facts.Where(f => f.Reading == reading.Index).ToList();
            var message = $"{explanation.Output.Id} {reading.Reading} {explanation.Query.Period}";
            switch (reading.Reading)
            {
                case PeriodDays or Payback:
                    Assert.Empty(mine);
                    break;
                case Quantile quantile:
                    Assert.True(reading.Value == QuantileOf(mine, quantile, reading.Unit), message);
                    break;
                case var _ when reading.Conversions.Count == 0:
                    Assert.True((reading.Value ?? 0) == Sum(reading, mine), $"{message}: {reading.Value} and {Sum(reading, mine)}");
                    break;
                default:
                    AssertConverted(reading, mine, message);
                    break;
            }
        }
    }

    private static void AssertConverted(ExplainedReading reading, List<Fact> facts, string message)
    {
        var own = facts.Where(f => f.Dims[Dimensions.Currency] is null).Sum(reading.Adds);
        Assert.True(reading.Value == own + reading.Conversions.Sum(c => c.Value), message);
        foreach (var currency in reading.Conversions.GroupBy(c => c.Currency))
            Assert.Equal(
                currency.Sum(c => c.Amount),
                facts.Where(f => f.Dims[Dimensions.Currency] == currency.Key).Sum(f => reading.ValueOf(f)));
        Assert.InRange(reading.Value!.Value - facts.Sum(reading.Adds), -0.000001m * facts.Count, 0.000001m * facts.Count);
    }

    private static decimal? QuantileOf(List<Fact> facts, Quantile quantile, KpiUnit unit)
    {
        var buckets = facts.GroupBy(f => Histogram.BucketOf((long)f.Adds)).OrderBy(g => g.Key).ToList();
        return HistogramQuantile.Of([.. buckets.Select(b => b.Key)], [.. buckets.Select(b => (long)b.Count())], quantile.Q) is { } q
            ? (decimal)q / unit.Milliseconds() : null;
    }

    // A sum of durations in their own unit: dividing each by the time unit would round.
    private static decimal Sum(ExplainedReading reading, List<Fact> facts)
    {
        var raw = facts.Aggregate((Int128)0, (sum, fact) => sum + fact.Adds);
        return facts.Count == 0 ? 0 : reading.Adds(facts[0] with { Adds = raw });
    }

    private static DimensionFilter[] Filters(KpiOutput output, Random random)
    {
        DimensionFilter[] known =
        [
            new(Dimensions.Manager, ["m1", "ma1", null]), new(Dimensions.Source, ["so0", "so1"]), new(Dimensions.Region, [null]),
        ];
        return random.Next(2) == 0 ? [] : [.. known.Where(f => (output.Kpi.Dimensions & f.Dimension) != 0 && random.Next(2) == 0)];
    }
}
