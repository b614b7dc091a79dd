using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Kpis;

internal sealed record WorldLead(int Created, DimensionSet Dims, int? Converted);

/// <summary>Stays: (stage, first day, day after the last or null).</summary>
internal sealed record WorldDeal(
    int Created, DimensionSet Dims, long Amount, IReadOnlyList<(string Stage, int From, int? To)> Stays, int? Closed, bool Won,
    long CycleMilliseconds);

internal sealed record WorldCustomer(DimensionSet Dims, IReadOnlyList<(int Day, long Amount)> Purchases);

/// <summary>
/// A small random world, and the cube cells that the comments of <see cref="Measures"/> ask for, written as plainly as possible:
/// tests compute KPIs from the world itself and compare.
/// </summary>
internal sealed class World
{
    public const int Inactivity = 40;
    public const int StuckDays = 12;
    public static readonly string[] Stages = ["new", "offer", "contract"];
    private static readonly string?[] Managers = ["ann", "bob", "eve", null];
    private static readonly string?[] Sources = ["ads", "web", null];

    public static readonly int Origin = new DateOnly(2024, 1, 20).DayNumber;

    public List<WorldLead> Leads { get; } = [];
    public List<WorldDeal> Deals { get; } = [];
    public List<WorldCustomer> Customers { get; } = [];
    public List<(int Day, int Score, DimensionSet Dims)> Responses { get; } = [];

    public static World Random(int seed)
    {
        var random = new Random(seed);
        var world = new World();
        for (var i = 0; i < 60; i++)
        {
            var day = Origin + random.Next(200);
            world.Leads.Add(new(day, Party(random), random.Next(3) == 0 ? day + random.Next(-1, 60) : null));
        }
        for (var i = 0; i < 50; i++)
            world.Deals.Add(Deal(random));
        for (var i = 0; i < 40; i++)
        {
            var days = Enumerable.Range(0, 1 + random.Next(6)).Select(_ => Origin + random.Next(260)).Order();
            world.Customers.Add(new(Party(random), [.. days.Select(d => (d, random.NextInt64(1, 900) * 10_000))]));
        }
        for (var i = 0; i < 40; i++)
            world.Responses.Add((Origin + random.Next(200), random.Next(11), Party(random)));
        return world;
    }

    public CubeSnapshot Snapshot() =>
        CubeSnapshot.From("t", new TenantSettings { Currency = "EUR", InactivityDays = Inactivity }, Cells());

    public IEnumerable<Contribution> Cells() =>
        Leads.SelectMany(OfLead).Concat(Deals.SelectMany(OfDeal)).Concat(Customers.SelectMany(OfCustomer)).Concat(
            Responses.Select(r => new Contribution(Measures.SurveyNps, r.Day, r.Dims, r.Score, 1, 0)));

    /// <summary>Maximal intervals of activity.</summary>
    public static List<(int A, int B)> Activity(WorldCustomer customer)
    {
        var intervals = new List<(int A, int B)>();
        foreach (var (day, _) in customer.Purchases)
            if (intervals.Count > 0 && day <= intervals[^1].B)
                intervals[^1] = (intervals[^1].A, day + Inactivity);
            else
                intervals.Add((day, day + Inactivity));
        return intervals;
    }

    private static DimensionSet Party(Random random) => DimensionSet.Of(
        (Dimensions.Manager, Managers[random.Next(Managers.Length)]), (Dimensions.Source, Sources[random.Next(Sources.Length)]));

    private static WorldDeal Deal(Random random)
    {
        var dims = Party(random).With(Dimensions.Pipeline, random.Next(2) == 0 ? "main" : "side");
        var day = Origin + random.Next(200);
        var stays = new List<(string, int, int?)>();
        var (at, last) = (day, random.Next(Stages.Length));
        var closed = random.Next(3) > 0;
        for (var s = 0; s <= last; s++)
        {
            var next = at + random.Next(30);
            stays.Add((Stages[s], at, s == last && !closed ? null : next));
            at = next;
        }
        return new(day, dims, random.NextInt64(1, 5_000) * 10_000, stays, closed ? at : null, random.Next(2) == 0,
            random.NextInt64(-86_400_000, 60L * 86_400_000));
    }

    private static IEnumerable<Contribution> OfLead(WorldLead lead)
    {
        yield return new(Measures.LeadsCreated, lead.Created, lead.Dims, 0, 1, 0);
        if (lead.Converted is { } day)
            yield return new(Measures.LeadsConverted, lead.Created, lead.Dims, day - lead.Created, 1, 0);
    }

    private static IEnumerable<Contribution> OfDeal(WorldDeal deal)
    {
        yield return new(Measures.DealsCreated, deal.Created, deal.Dims, 0, 1, 0);
        for (var s = 0; s < deal.Stays.Count; s++)
        {
            var (stage, from, to) = deal.Stays[s];
            var dims = deal.Dims.With(Dimensions.Stage, stage);
            yield return new(Measures.StageEntered, from, dims, 0, 1, 0);
            if (s + 1 < deal.Stays.Count || (deal.Closed is not null && deal.Won))
                yield return new(Measures.StageAdvanced, from, dims, 0, 1, 0);
            yield return new(Measures.DealsOpen, from, dims, 0, 1, deal.Amount);
            if (to is { } end)
            {
                yield return new(Measures.DealsOpen, end, dims, 0, -1, -deal.Amount);
                var time = (end - from) * 86_400_000L + 1_234;
                yield return new(Measures.StageTime, end, dims, Histogram.BucketOf(time), 1, time);
            }
            if (to is null || to > from + StuckDays)
                yield return new(Measures.DealsStuck, from + StuckDays, dims, 0, 1, deal.Amount);
            if (to > from + StuckDays)
                yield return new(Measures.DealsStuck, to.Value, dims, 0, -1, -deal.Amount);
        }
        if (deal.Closed is not { } closed)
            yield break;
        if (!deal.Won)
        {
            yield return new(Measures.DealsLost, closed, deal.Dims.With(Dimensions.Stage, deal.Stays[^1].Stage), 0, 1, deal.Amount);
            yield break;
        }
        yield return new(Measures.DealsWon, closed, deal.Dims, 0, 1, deal.Amount);
        yield return new(Measures.SalesCycle, closed, deal.Dims, Histogram.BucketOf(deal.CycleMilliseconds), 1,
            deal.CycleMilliseconds);
    }

    private static IEnumerable<Contribution> OfCustomer(WorldCustomer customer)
    {
        var (dims, days) = (customer.Dims, customer.Purchases.Select(p => p.Day).ToArray());
        Contribution Cell(Measure measure, int day, int bucket, int count, long value = 0) =>
            new(measure, day, dims, bucket, count, value);

        yield return Cell(Measures.CustomersNew, days[0], 0, 1);
        for (var i = 0; i < days.Length; i++)
        {
            yield return Cell(Measures.Purchases, days[i], 0, 1, customer.Purchases[i].Amount);
            yield return Cell(Measures.CustomersBuying, days[i], i == 0 ? Measure.NeverDay : days[i - 1], 1);
            if (i == 0)
                continue;
            yield return Cell(Measures.PurchasesRepeat, days[i], 0, 1, customer.Purchases[i].Amount);
            yield return Cell(Measures.CustomerLifespan, days[i], 0, 1, days[i] - days[i - 1]);
            yield return Cell(Measures.CustomersBuyingTwice, days[i], i == 1 ? Measure.NeverDay : days[i - 2], 1);
            yield return Cell(Measures.CustomersBuyingTwice, days[i], days[i - 1], -1);
        }
        var activity = Activity(customer);
        for (var i = 0; i < activity.Count; i++)
        {
            var (a, b) = activity[i];
            yield return Cell(Measures.CustomersActive, a, 0, 1);
            yield return Cell(Measures.CustomersActive, b, 0, -1);
            yield return Cell(Measures.CustomersKept, a, a, 1);
            yield return Cell(Measures.CustomersKept, b, a, -1);
            yield return Cell(Measures.CustomersActiveKnown, a, days[0], 1);
            yield return Cell(Measures.CustomersActiveKnown, b, days[0], -1);
            if (i + 1 < activity.Count)
                yield return Cell(Measures.CustomersReturned, activity[i + 1].A, b, 1);
            foreach (var (later, end) in activity.Skip(i + 1))
            {
                yield return Cell(Measures.CustomersKept, later, a, 1);
                yield return Cell(Measures.CustomersKept, end, a, -1);
                yield return Cell(Measures.CustomersKept, later, b, -1);
                yield return Cell(Measures.CustomersKept, end, b, 1);
            }
        }
        foreach (var month in days.GroupBy(d => MonthOf(d) - MonthOf(days[0])))
            yield return Cell(Measures.CohortBuyers, days[0], month.Key, 1);
    }

    private static int MonthOf(int day) => CrmKpi.Domain.Periods.Period.MonthNumber(DateOnly.FromDayNumber(day));
}
