using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Customers;

/// <summary>The ledger of a customer that was merged into another.</summary>
/// <param name="Way">Whose it is, then those that handed it on, in order.</param>
internal sealed record MergedLedger(IReadOnlyList<string> Way, Ledger Ledger)
{
    /// <summary>Whose it is.</summary>
    public string Customer => Way[0];

    /// <summary>Roughly how many bytes it holds in memory.</summary>
    public int ApproximateBytes => 200 + Way.Count * 60 + Ledger.Losses.Count * 16
        + (Ledger.Payments.Count + Ledger.Refunds.Count + Ledger.Deals.Count) * 130;

    /// <inheritdoc/>
    public bool Equals(MergedLedger? other) =>
        other is not null && Way.SequenceEqual(other.Way, StringComparer.Ordinal) && Ledger.Equals(other.Ledger);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Way.Count, Customer, Ledger);
}

/// <summary>
/// What a merged customer hands on: its own ledger, and those that reached it. Each names its way and is not handed on to
/// somebody who stands in it already: so chains of merges end where they end, and circles end at all. Since a customer is merged
/// into one other at most, there is one way from each to each, and nothing goes round once its origin has stopped telling it.
/// </summary>
internal sealed record MergedLedgers(IReadOnlyList<MergedLedger> All)
{
    /// <summary>The longest way; who is merged through more customers than that is not handed on.</summary>
    public const int WayMax = 100;

    /// <summary>What a customer hands on to the one that it was merged into.</summary>
    public static MergedLedgers From(string customer, Ledger own, IEnumerable<MergedLedger> received, string into)
    {
        var all = new List<MergedLedger> { new([customer], own) };
        foreach (var ledger in received)
            if (ledger.Way.Count < WayMax && !ledger.Way.Contains(into))
                all.Add(ledger with { Way = [.. ledger.Way, customer] });
        all.Sort(static (a, b) => string.CompareOrdinal(a.Customer, b.Customer));
        return new MergedLedgers(all);
    }

    /// <inheritdoc/>
    public bool Equals(MergedLedgers? other) => other is not null && All.SequenceEqual(other.All);

    /// <inheritdoc/>
    public override int GetHashCode() => All.Count;

    public void Write(StateWriter writer)
    {
        writer.Count(All.Count);
        foreach (var merged in All)
        {
            writer.Count(merged.Way.Count);
            foreach (var customer in merged.Way)
                writer.Text(customer);
            merged.Ledger.Write(writer);
        }
    }

    public static MergedLedgers Read(ref StateReader reader)
    {
        var all = new MergedLedger[reader.Count()];
        for (var i = 0; i < all.Length; i++)
        {
            var way = new string[reader.Count()];
            for (var j = 0; j < way.Length; j++)
                way[j] = reader.Text()!;
            all[i] = new MergedLedger(way, Ledger.Read(ref reader));
        }
        return new MergedLedgers(all);
    }
}
