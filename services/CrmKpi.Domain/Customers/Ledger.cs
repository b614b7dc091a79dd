using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Customers;

/// <summary>A deal that a customer bought by.</summary>
/// <param name="Deal">Its id.</param>
/// <param name="At">When it was won, in microseconds since 1970-01-01T00:00Z.</param>
internal readonly record struct WonDeal(string Deal, long At, Money? Amount, Money? Margin);

/// <summary>
/// What purchases, refunds and losses are known of a customer, each list sorted: by time, then by sequence or the deal's id.
/// Of a purchase id there is one payment, and of a deal's id one deal. WARNING: the order in <see cref="Write"/> is a storage
/// format.
/// </summary>
internal sealed record Ledger(
    IReadOnlyList<PaymentPoint> Payments, IReadOnlyList<PaymentPoint> Refunds, IReadOnlyList<LossPoint> Losses,
    IReadOnlyList<WonDeal> Deals)
{
    /// <summary>True when there are no purchases.</summary>
    public bool IsEmpty => Payments.Count == 0 && Deals.Count == 0;

    /// <summary>The deals that told a customer that they were won.</summary>
    public static IReadOnlyList<WonDeal> DealsOf(in Inbound inbound)
    {
        if (inbound.Count == 0)
            return [];
        var deals = new List<WonDeal>(inbound.Count);
        foreach (var (sender, link) in inbound)
            if (sender.Kind == EntityKind.Deal && link.At is { } at)
                deals.Add(new WonDeal(sender.Id, at, link.Amount, link.Margin));
        deals.Sort(CompareDeals);
        return deals;
    }

    /// <summary>Several ledgers as one. A purchase that two of them know was made once: as it was told last.</summary>
    public static Ledger Of(IEnumerable<Ledger> ledgers)
    {
        var payments = new Dictionary<string, PaymentPoint>(StringComparer.Ordinal);
        var (refunds, losses, deals) = (new List<PaymentPoint>(), new List<LossPoint>(), new List<WonDeal>());
        foreach (var ledger in ledgers)
        {
            foreach (var payment in ledger.Payments)
                if (!payments.TryGetValue(payment.Purchase, out var held) || Compare(held, payment) < 0)
                    payments[payment.Purchase] = payment;
            refunds.AddRange(ledger.Refunds);
            losses.AddRange(ledger.Losses);
            deals.AddRange(ledger.Deals);
        }
        var paid = payments.Values.ToList();
        paid.Sort(Compare);
        refunds.Sort(Compare);
        losses.Sort(static (a, b) => (a.Time, a.Sequence).CompareTo((b.Time, b.Sequence)));
        deals.Sort(CompareDeals);
        return new Ledger(paid, refunds, losses, deals);
    }

    /// <inheritdoc/>
    public bool Equals(Ledger? other) => other is not null && Payments.SequenceEqual(other.Payments)
        && Refunds.SequenceEqual(other.Refunds) && Losses.SequenceEqual(other.Losses) && Deals.SequenceEqual(other.Deals);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Payments.Count, Refunds.Count, Losses.Count, Deals.Count);

    public void Write(StateWriter writer)
    {
        WritePayments(writer, Payments);
        WritePayments(writer, Refunds);
        writer.Count(Losses.Count);
        foreach (var loss in Losses)
            writer.Stamp(loss.Time, loss.Sequence);
        writer.Count(Deals.Count);
        foreach (var deal in Deals)
        {
            writer.Text(deal.Deal);
            writer.Signed(deal.At);
            writer.Optional(deal.Amount);
            writer.Optional(deal.Margin);
        }
    }

    public static Ledger Read(ref StateReader reader)
    {
        var (payments, refunds) = (ReadPayments(ref reader), ReadPayments(ref reader));
        var losses = ReadLosses(ref reader);
        var deals = new WonDeal[reader.Count()];
        for (var i = 0; i < deals.Length; i++)
            deals[i] = new WonDeal(reader.Text()!, reader.Signed(), reader.OptionalMoney(), reader.OptionalMoney());
        return new Ledger(payments, refunds, losses, deals);
    }

    public static void WritePayments(StateWriter writer, IReadOnlyList<PaymentPoint> points)
    {
        writer.Count(points.Count);
        foreach (var point in points)
        {
            writer.Stamp(point.Time, point.Sequence);
            writer.Text(point.Purchase);
            writer.Text(point.Deal);
            writer.Money(point.Amount);
            writer.Optional(point.Margin);
        }
    }

    public static List<PaymentPoint> ReadPayments(ref StateReader reader)
    {
        var count = reader.Count();
        var points = new List<PaymentPoint>(count);
        for (; count > 0; count--)
        {
            var (time, sequence) = reader.Stamp();
            points.Add(new PaymentPoint(
                time, sequence, reader.Text()!, reader.Text(), reader.Money(), reader.OptionalMoney()));
        }
        return points;
    }

    public static List<LossPoint> ReadLosses(ref StateReader reader)
    {
        var count = reader.Count();
        var losses = new List<LossPoint>(count);
        for (; count > 0; count--)
        {
            var (time, sequence) = reader.Stamp();
            losses.Add(new LossPoint(time, sequence));
        }
        return losses;
    }

    private static int Compare(PaymentPoint a, PaymentPoint b) => (a.Time, a.Sequence).CompareTo((b.Time, b.Sequence));

    private static int CompareDeals(WonDeal a, WonDeal b) =>
        a.At != b.At ? a.At.CompareTo(b.At) : string.CompareOrdinal(a.Deal, b.Deal);
}
