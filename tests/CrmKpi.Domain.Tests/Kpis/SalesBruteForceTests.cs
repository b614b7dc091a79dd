using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>The sales KPIs from the cube against counting leads and deals one by one.</summary>
public sealed class SalesBruteForceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sales_kpis_are_what_counting_one_by_one_gives(int seed)
    {
        var world = World.Random(seed);
        var snapshot = world.Snapshot();
        var random = new Random(seed * 17);
        for (var round = 0; round < 60; round++)
        {
            var from = World.Origin - 20 + random.Next(250);
            Check(snapshot, world, new Period(from, from + 1 + random.Next(150)));
        }
    }

    private static void Check(CubeSnapshot snapshot, World world, Period p)
    {
        bool In(int? day) => day >= p.From && day < p.To;
        bool OpenAt((string Stage, int From, int? To) stay, int day) => stay.From < day && (stay.To is null || day <= stay.To);
        var leads = world.Leads.Where(l => In(l.Created)).ToList();
        var won = world.Deals.Where(d => d.Won && In(d.Closed)).ToList();
        var lost = world.Deals.Where(d => !d.Won && In(d.Closed)).ToList();
        var stays = world.Deals.SelectMany(d => d.Stays.Select((stay, i) => (Deal: d, Stay: stay, Index: i))).ToList();
        var open = stays.Where(s => OpenAt(s.Stay, p.To)).ToList();

        Ratio("lead_conversion", leads.Count(l => l.Converted is not null), leads.Count, 100);
        Ratio("lead_conversion.within30", leads.Count(l => l.Converted - l.Created <= 30), leads.Count, 100);
        Ratio("lead_to_deal_conversion", won.Count, leads.Count, 100);
        Ratio("win_rate", won.Count, won.Count + lost.Count, 100);
        Ratio("win_rate_amount", Money(won), Money(won) + Money(lost), 100);
        Assert.Equal(world.Deals.Count(d => In(d.Created)), Value("deals_created"));
        Assert.Equal(Money(won), Value("revenue"));
        Assert.Equal(Money(lost), Value("lost_amount"));
        Ratio("average_deal_size", Money(won), won.Count, 1);
        Ratio("stage_conversion", stays.Count(s => In(s.Stay.From) && Advanced(s.Deal, s.Index)),
            stays.Count(s => In(s.Stay.From)), 100);
        Ratio("stuck_deals_share", open.Count(s => s.Stay.From + World.StuckDays < p.To), open.Count, 100);
        Assert.Equal(open.Sum(s => s.Deal.Amount) / 1_000_000m, Value("pipeline_value"));
        Assert.Equal(
            won.Count == 0 ? null : won.Sum(d => d.CycleMilliseconds) / 86_400_000m / won.Count,
            Value("sales_cycle") is { } mean ? mean : null, Comparer);
        var managers = leads.Select(l => l.Dims).Concat(won.Select(d => d.Dims)).Concat(lost.Select(d => d.Dims))
            .Concat(world.Deals.Where(d => In(d.Created)).Select(d => d.Dims))
            .Concat(stays.Where(s => In(s.Stay.From)).Select(s => s.Deal.Dims))
            .Select(d => d[Dimensions.Manager]).OfType<string>().Distinct().Count();
        Ratio("deals_per_manager", won.Count, managers, 1);
        Ratio("open_load_per_manager", open.Count, managers, 1);
        foreach (var (stage, value) in snapshot.By("stage_conversion", p, Dimensions.Stage))
            Assert.Equal(stays.Count(s => In(s.Stay.From) && s.Stay.Stage == stage), value.Denominator);

        var scores = world.Responses.Where(r => In(r.Day)).Select(r => r.Score).ToList();
        Ratio("nps", scores.Count(x => x >= 9) - scores.Count(x => x <= 6), scores.Count, 100);

        decimal? Value(string kpi) => snapshot.Value(kpi, p).Value;

        void Ratio(string kpi, decimal numerator, decimal denominator, decimal scale)
        {
            var value = snapshot.Value(kpi, p);
            Assert.Equal((kpi, numerator, denominator), (kpi, value.Numerator!.Value, value.Denominator!.Value));
            Assert.Equal(denominator == 0 ? null : numerator / denominator * scale, value.Value);
        }
    }

    private static bool Advanced(WorldDeal deal, int stay) => stay + 1 < deal.Stays.Count || (deal.Won && deal.Closed is not null);

    private static decimal Money(IEnumerable<WorldDeal> deals) => deals.Sum(d => d.Amount) / 1_000_000m;

    /// <summary>The mean of exact milliseconds is divided in another order here.</summary>
    private static readonly IEqualityComparer<decimal?> Comparer = EqualityComparer<decimal?>.Create(
        (a, b) => a is null || b is null ? a == b : Math.Abs(a.Value - b.Value) < 1e-18m);
}
