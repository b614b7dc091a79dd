using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Customers;

public sealed class MergeTests
{
    private static readonly TenantSettings Payments = new() { PurchaseSource = PurchaseSource.Payments, InactivityDays = 30 };

    [Fact]
    public void The_purchases_of_a_merged_customer_are_those_of_the_other()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", "a", 10), Bought(2, "2025-01-10", "b", 5), Merged(3, "a", "b"),
            Event(4, "2025-01-05", "customer/b", "customer.updated", "{'segment':'smb'}"),
            Event(5, "2025-01-05", "customer/a", "customer.updated", "{'segment':'big'}"));

        Assert.Equal("2025-01-01 {segment=smb} +1", model.Show(Measures.CustomersNew));
        Assert.Equal("2025-01-10 {segment=smb} +1 5", model.Show(Measures.PurchasesRepeat));
        Assert.Equal("2025-01-10 {segment=smb} +1 9", model.Show(Measures.CustomerLifespan));
        Assert.Equal((2, 15m), (model.Fact("customer/b")["purchases"], model.Fact("customer/b")["total"]));
        Assert.Equal((0, "b"), (model.Fact("customer/a")["purchases"], model.Fact("customer/a")["merged_into"]));
    }

    [Fact]
    public void What_comes_after_the_merge_goes_to_the_other_as_well_even_one_that_nobody_ever_sent()
    {
        var model = Of(Payments, Merged(1, "a", "b"));
        Assert.Empty(model.Cells);

        model.Fold([Bought(2, "2025-05-01", "a", 10)]);
        model.Fold([Event(3, "2025-05-03", "customer/a", "purchase.refunded", "{'purchase':'p2','amount':4}"),
            Event(4, "2025-05-11", "customer/a", "customer.lost")]);

        Assert.Equal("2025-05-01 +1 6", model.Show(Measures.Purchases));
        Assert.Equal("2025-05-01 +1\n2025-05-11 -1", model.Show(Measures.CustomersActive));
    }

    [Fact]
    public void Won_deals_move_too_and_leave_when_they_are_lost()
    {
        var model = Of(new TenantSettings(), Event(1, "2025-01-01", "deal/d", "deal.won", "{'amount':50,'customer':'a'}"),
            Event(2, "2025-02-01", "deal/e", "deal.won", "{'amount':70,'customer':'b'}"), Merged(3, "a", "b"));
        Assert.Equal("2025-02-01 +1 70", model.Show(Measures.PurchasesRepeat));

        model.Fold([Event(4, "2025-03-01", "deal/d", "deal.lost")]);

        Assert.Equal("2025-02-01 +1 70", model.Show(Measures.Purchases));
        Assert.Equal("2025-02-01 +1", model.Show(Measures.CustomersNew));
    }

    [Fact]
    public void A_purchase_that_was_told_again_of_the_customer_that_stays_counts_once()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", "a", 10, "p"), Merged(2, "a", "b"), Bought(3, "2025-01-01", "b", 11, "p"));

        Assert.Equal("2025-01-01 +1 11", model.Show(Measures.Purchases));
    }

    [Fact]
    public void A_customer_merged_into_itself_stays_what_it_is() =>
        Assert.Equal("2025-01-01 +1 10",
            Of(Payments, Bought(1, "2025-01-01", "a", 10), Merged(2, "a", "a")).Show(Measures.Purchases));

    [Fact]
    public void Of_a_circle_the_first_by_id_counts_for_all()
    {
        var model = Of(Payments, Merged(1, "c", "b"), Merged(2, "b", "a"), Merged(3, "a", "c"), Merged(4, "x", "c"),
            Bought(5, "2025-01-01", "c", 1), Bought(6, "2025-01-02", "b", 2), Bought(7, "2025-01-03", "a", 4),
            Bought(8, "2025-01-04", "x", 8));

        Assert.Equal("2025-01-01 +1", model.Show(Measures.CustomersNew));
        Assert.Equal((4, 15m), (model.Fact("customer/a")["purchases"], model.Fact("customer/a")["total"]));
    }

    [Fact]
    public void When_a_merge_is_told_otherwise_nothing_goes_on_going_round()
    {
        var model = Of(Payments, Merged(1, "b", "c"), Merged(2, "c", "b"), Merged(3, "x", "b"), Bought(4, "2025-01-01", "x", 8));
        Assert.Equal("2025-01-01 +1 8", model.Show(Measures.Purchases));

        model.Fold([Event(5, "2025-08-02", "customer/x", "customer.merged", "{'into':'y'}")]);

        Assert.Equal(1, model.Fact("customer/y")["purchases"]);
        Assert.Equal((0, 0), (model.Fact("customer/b")["purchases"], model.Fact("customer/c")["purchases"]));
    }

    [Theory]
    [InlineData(PurchaseSource.Payments)]
    [InlineData(PurchaseSource.Deals)]
    public void Merged_histories_count_as_if_all_had_been_told_of_the_customer_that_stays(PurchaseSource source)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var into = Enumerable.Range(0, 8).Select(_ => random.Next(3) == 0 ? -1 : random.Next(8)).ToArray();
            var (told, renamed) = (new List<LogEvent>(), new List<LogEvent>());
            for (var i = 1; i <= 60; i++)
                Invent(i, random, into, told, renamed);
            for (var c = 0; c < into.Length; c++)
                if (into[c] >= 0)
                    told.Add(Merged(100 + c, $"c{c}", $"c{into[c]}"));
            var (settings, shuffled) = (Payments with { PurchaseSource = source }, told.ToArray());
            random.Shuffle(shuffled);
            var merged = new ReadModel(settings);
            foreach (var part in shuffled.Chunk(5))
                merged.Fold(part);

            Assert.Equal(Text(Of(settings, [.. renamed])), Text(merged));
        }
    }

    private static void Invent(int i, Random random, int[] into, List<LogEvent> told, List<LogEvent> renamed)
    {
        var time = $"2025-0{random.Next(1, 9)}-{random.Next(10, 28)}";
        var customer = random.Next(into.Length);
        var (what, purchase, amount) = (random.Next(5), $"p{random.Next(12)}", random.Next(1, 99));
        foreach (var (events, id) in new[] { (told, customer), (renamed, EndOf(customer, into)) })
            events.Add(what switch
            {
                0 => Event(i, time, $"deal/d{i}", "deal.won", $"{{'amount':{amount},'customer':'c{id}'}}"),
                1 => Event(i, time, $"customer/c{id}", "purchase.refunded",
                    $"{{'purchase':'{purchase}-{EndOf(customer, into)}','amount':1}}"),
                2 => Event(i, time, $"customer/c{id}", "customer.lost"),
                // Of a customer of its own, so that the purchase is that of one customer however the merges lie.
                _ => Bought(i, time, $"c{id}", amount, $"{purchase}-{EndOf(customer, into)}"),
            });
    }

    // Where the merges lead: the end of the chain, or the first by id of the circle.
    private static int EndOf(int customer, int[] into)
    {
        var way = new List<int> { customer };
        while (into[way[^1]] is >= 0 and var next && next != way[^1])
        {
            if (way.IndexOf(next) is >= 0 and var start)
                return way[start..].Min();
            way.Add(next);
        }
        return way[^1];
    }

    private static string Text(ReadModel model) => string.Join('\n', Measures.All
        .Where(m => m.Id is >= 40 and < 60).Select(m => $"{m}: {model.Show(m)}"));

    private static LogEvent Bought(long sequence, string time, string customer, decimal amount, string? purchase = null) =>
        Event(sequence, time, $"customer/{customer}", "purchase.made",
            $"{{'purchase':'{purchase ?? $"p{sequence}"}','amount':'{amount}'}}");

    private static LogEvent Merged(long sequence, string customer, string into) =>
        Event(sequence, "2025-08-01", $"customer/{customer}", "customer.merged", $"{{'into':'{into}'}}");
}
