using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;

namespace CrmKpi.Domain.Tests.Customers;

/// <summary>Customer measures, read for random periods, against counting customers one by one from the definitions.</summary>
public sealed class CustomerReferenceTests
{
    private const int Days = 1_500;
    private static readonly int Origin = new DateOnly(2020, 1, 1).DayNumber;

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 90)]
    [InlineData(3, 180)]
    [InlineData(4, 365)]
    public void Measures_read_for_any_period_are_what_counting_gives(int seed, int inactivityDays)
    {
        var random = new Random(seed);
        var settings = new TenantSettings { PurchaseSource = PurchaseSource.Payments, InactivityDays = inactivityDays };
        var customers = Enumerable.Range(0, 60).Select(_ => Invent(random)).ToList();
        var reading = new CubeReading(ReadModel.Of(settings, [.. Events(customers)]).Cells);

        for (var round = 0; round < 150; round++)
        {
            var s = Origin + random.Next(-20, Days + 400);
            Check(reading, customers, s, s + 1 + random.Next(round % 2 == 0 ? 40 : 800), inactivityDays);
        }
    }

    private static void Check(CubeReading reading, List<Naive> customers, int s, int e, int window)
    {
        bool Active(Naive c, int at) => Enumerable.Range(at - window, window).Any(day => c.CoversUntil(day, at));
        int Count(Func<Naive, bool> predicate) => customers.Count(predicate);
        int Bought(Naive c) => c.Purchases.Count(p => p >= s && p < e);
        var name = $"[{DateOnly.FromDayNumber(s)}, {DateOnly.FromDayNumber(e)})";

        Assert.Equal((name, Count(c => Active(c, s))), (name, (int)reading.Level(Measures.CustomersActive, s)));
        Assert.Equal(Count(c => Active(c, e)), reading.Level(Measures.CustomersActive, e));
        Assert.Equal(Count(c => Active(c, s) && Active(c, e)), reading.Both(Measures.CustomersKept, s, e));
        Assert.Equal(Count(c => Active(c, e) && c.First < s), reading.Both(Measures.CustomersActiveKnown, s, e));
        Assert.Equal(Count(c => c.First >= s && c.First < e), reading.Flow(Measures.CustomersNew, s, e));
        Assert.Equal(Count(c => Bought(c) > 0), reading.Within(Measures.CustomersBuying, s, e));
        Assert.Equal(Count(c => Bought(c) > 1), reading.Both(Measures.CustomersBuyingTwice, s, e));
        Assert.Equal(customers.Sum(Bought), reading.Flow(Measures.Purchases, s, e));
        Assert.Equal(customers.Sum(c => c.Purchases.Skip(1).Count(p => p >= s && p < e)),
            reading.Flow(Measures.PurchasesRepeat, s, e));
        // Back in P, but gone at S: each comes back once, since a second return needs an end within P.
        Assert.Equal(Count(c => c.First < s && !Active(c, s) && Enumerable.Range(s + 1, e - s).Any(day => Active(c, day))),
            reading.Within(Measures.CustomersReturned, s, e));
        Assert.Equal(customers.Where(c => c.First < e).Sum(c => c.Purchases.Last(p => p < e) - c.First),
            (long)reading.FlowSum(Measures.CustomerLifespan, 0, e));
    }

    private static Naive Invent(Random random)
    {
        var gap = random.Next(5, 300);
        var purchases = new List<int>();
        for (var day = Origin + random.Next(Days); day < Origin + Days && purchases.Count < 40; day += random.Next(gap))
            purchases.Add(day);
        if (purchases.Count == 0)
            purchases.Add(Origin);
        var losses = Enumerable.Range(0, random.Next(3)).Select(_ => Origin + random.Next(Days)).ToList();
        return new Naive(purchases, losses);
    }

    // Purchases happen at noon, losses in the evening: a loss ends what was bought on its day.
    private static IEnumerable<LogEvent> Events(List<Naive> customers)
    {
        var sequence = 0L;
        string At(int day, string time) => DateOnly.FromDayNumber(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + time;
        for (var c = 0; c < customers.Count; c++)
        {
            for (var p = 0; p < customers[c].Purchases.Count; p++)
                yield return ReadModel.Event(++sequence, At(customers[c].Purchases[p], "T12:00:00Z"), $"customer/{c}",
                    "purchase.made", $"{{'purchase':'{p}','amount':1}}");
            foreach (var loss in customers[c].Losses)
                yield return ReadModel.Event(++sequence, At(loss, "T20:00:00Z"), $"customer/{c}", "customer.lost");
        }
    }

    private sealed record Naive(List<int> Purchases, List<int> Losses)
    {
        public int First => Purchases[0];

        // Whether a purchase of this day still makes the customer active at the start of a later day.
        public bool CoversUntil(int day, int at) => Purchases.Contains(day) && !Losses.Any(loss => loss >= day && loss < at);
    }
}
