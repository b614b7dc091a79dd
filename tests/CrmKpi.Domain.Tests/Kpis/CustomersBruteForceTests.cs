using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Every customer KPI from the cube against counting customers one by one.</summary>
public sealed class CustomersBruteForceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Customer_kpis_are_what_counting_one_by_one_gives(int seed)
    {
        var world = World.Random(seed);
        var snapshot = world.Snapshot();
        var random = new Random(seed * 31);
        for (var round = 0; round < 60; round++)
        {
            var from = World.Origin - 20 + random.Next(280);
            var period = new Period(from, from + 1 + random.Next(random.Next(2) == 0 ? 20 : 200));
            var manager = new[] { "ann", "bob", null }[random.Next(3)];
            Check(snapshot, world.Customers, period);
            Check(
                snapshot, [.. world.Customers.Where(c => c.Dims[Dimensions.Manager] == manager)], period,
                new DimensionFilter(Dimensions.Manager, [manager]));
        }
    }

    private static void Check(
        CubeSnapshot snapshot, IReadOnlyList<WorldCustomer> customers, Period p, params DimensionFilter[] filters)
    {
        var (s, e) = (p.From, p.To);
        int CountOf(Func<WorldCustomer, bool> predicate) => customers.Count(predicate);
        bool New(WorldCustomer c) => In(c.Purchases[0].Day);
        bool In(int day) => day >= s && day < e;
        var start = CountOf(c => Active(c, s));
        var end = CountOf(c => Active(c, e));
        var @new = CountOf(New);
        var kept = CountOf(c => Active(c, s) && Active(c, e));
        var served = CountOf(c => Active(c, s) || World.Activity(c).Any(i => In(i.A)));
        var servedAndLost = served - end;
        var bought = customers.SelectMany(c => c.Purchases).Where(b => In(b.Day)).ToList();
        var buyers = CountOf(c => c.Purchases.Any(b => In(b.Day)));
        var twice = CountOf(c => c.Purchases.Count(b => In(b.Day)) >= 2);
        var repeats = customers.Sum(c => c.Purchases.Skip(1).Count(b => In(b.Day)));
        var known = customers.Where(c => c.Purchases[0].Day < e).ToList();
        var exposure = Enumerable.Range(s, e - s).Sum(day => CountOf(c => c.Purchases[0].Day <= day));
        var lifespan = known.Sum(c => c.Purchases.Last(b => b.Day < e).Day - c.Purchases[0].Day);

        Same("new_customers", @new, null);
        Same("active_customers", end, null);
        Same("reactivated_customers", CountOf(c => Active(c, e) && !Active(c, s) && c.Purchases[0].Day < s), null);
        Same("buying_customers", buyers, null);
        Same("retention_rate", end - @new, start);
        Same("retention_strict", kept, start);
        Same("churn_rate", start - kept, start);
        Same("churn_rate_total", servedAndLost, served);
        Same("aov", bought.Sum(b => b.Amount) / 1_000_000m, bought.Count);
        Same("purchase_frequency", bought.Count * 365, exposure);
        Same("customer_lifetime", lifespan, known.Count * 365);
        Same("repeat_sales_share", repeats, bought.Count);
        Same("repeat_customer_share", twice, buyers);
        decimal? ltv = bought.Count == 0 || exposure == 0
            ? null
            : bought.Sum(b => b.Amount) / 1_000_000m / bought.Count * (bought.Count * 365m / exposure)
                * (lifespan / (known.Count * 365m));
        Assert.Equal(
            ltv is { } l ? decimal.Round(l, 12) : default(decimal?),
            snapshot.Value("ltv", p, filters).Value is { } v ? decimal.Round(v, 12) : default(decimal?));

        void Same(string kpi, decimal numerator, decimal? denominator)
        {
            var value = snapshot.Value(kpi, p, filters);
            if (denominator is null)
            {
                Assert.Equal(numerator, value.Value);
                return;
            }
            Assert.Equal((kpi, numerator, denominator), (kpi, value.Numerator, value.Denominator));
            var scale = Domain.Kpis.Catalogue.Find(kpi)!.Unit == Domain.Kpis.KpiUnit.Percent ? 100 : 1;
            Assert.Equal(denominator == 0 ? null : numerator / denominator * scale, value.Value);
        }
    }

    private static bool Active(WorldCustomer customer, int day) =>
        customer.Purchases.Any(b => b.Day <= day - 1 && day <= b.Day + World.Inactivity);
}
