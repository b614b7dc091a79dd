using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Customers;

/// <summary>A payment as the last event with its purchase id told it.</summary>
internal readonly record struct PaymentPoint(
    long Time, long Sequence, string Purchase, string? Deal, Money Amount, Money? Margin) : ITimelinePoint
{
    public int Rank => 0;
}

/// <summary>A purchase as it counts: net of refunds, in the tenant's currency.</summary>
/// <param name="Time">Microseconds since 1970-01-01T00:00Z.</param>
/// <param name="Day">Local day.</param>
/// <param name="Micros">Net amount; 0 when the amount is in another currency.</param>
/// <param name="MarginMicros">Net margin; null when it is not known or in another currency.</param>
internal readonly record struct Purchase(long Time, int Day, long Micros, long? MarginMicros);

/// <summary>
/// Which purchases a customer made. By payments: each <c>purchase.made</c>, those of the same deal together as one purchase at
/// the time of the first of them. By deals: each won deal. A refund lowers the purchase that it names by its id or its
/// deal, down to nothing; the purchase still happened. The margin falls by the refund's own margin where that is told,
/// else in proportion to the amount.
/// </summary>
internal sealed class Purchases
{
    private readonly FoldContext _context;
    private readonly List<Gross> _gross = [];
    private Dictionary<string, int>? _byId;
    private Dictionary<string, int>? _byDeal;

    private Purchases(FoldContext context) => _context = context;

    /// <summary>Days on which an amount in another currency was left out.</summary>
    public List<int> UnconvertedDays { get; } = [];

    /// <summary>The purchases by time.</summary>
    public List<Purchase> All { get; } = [];

    public static Purchases Of(
        FoldContext context, List<PaymentPoint> payments, List<PaymentPoint> refunds, in Inbound inbound)
    {
        var purchases = new Purchases(context);
        if (context.Settings.PurchaseSource == PurchaseSource.Payments)
            purchases.TakePayments(payments, refunds.Count > 0);
        else
            purchases.TakeDeals(inbound, payments, refunds.Count > 0);
        purchases.TakeRefunds(refunds);
        foreach (var gross in purchases._gross)
            purchases.All.Add(gross.Net(context));
        return purchases;
    }

    private void TakePayments(List<PaymentPoint> payments, bool hasRefunds)
    {
        foreach (var payment in payments)
        {
            if (!_context.IsOwn(payment.Amount))
                UnconvertedDays.Add(_context.DayOf(payment.Time));
            var at = _gross.Count;
            if (payment.Deal is not null && !(_byDeal ??= NewIndex()).TryAdd(payment.Deal, at))
            {
                at = _byDeal[payment.Deal];
                _gross[at] = _gross[at].And(payment, _context);
            }
            else
                _gross.Add(Gross.Of(payment.Time, payment.Amount, payment.Margin, _context));
            if (hasRefunds)
                (_byId ??= NewIndex())[payment.Purchase] = at;
        }
    }

    private void TakeDeals(in Inbound inbound, List<PaymentPoint> payments, bool hasRefunds)
    {
        var deals = new List<(string Deal, Link Link)>(inbound.Count);
        foreach (var (sender, link) in inbound)
            deals.Add((sender.Id, link));
        deals.Sort(static (a, b) => a.Link.At != b.Link.At
            ? Nullable.Compare(a.Link.At, b.Link.At) : string.CompareOrdinal(a.Deal, b.Deal));
        foreach (var (deal, link) in deals)
        {
            if (hasRefunds)
                (_byDeal ??= NewIndex()).Add(deal, _gross.Count);
            _gross.Add(Gross.Of(link.At!.Value, link.Amount ?? default, link.Margin, _context));
        }
        if (_byDeal is null)
            return;
        foreach (var payment in payments)
            if (payment.Deal is not null && _byDeal.TryGetValue(payment.Deal, out var at))
                (_byId ??= NewIndex())[payment.Purchase] = at;
    }

    private void TakeRefunds(List<PaymentPoint> refunds)
    {
        foreach (var refund in refunds)
        {
            if ((Find(_byId, refund.Purchase) ?? Find(_byDeal, refund.Deal)) is not { } at)
                continue;
            if (!_context.IsOwn(refund.Amount))
                UnconvertedDays.Add(_context.DayOf(refund.Time));
            else
                _gross[at] = _gross[at].Less(refund, _context);
        }
    }

    private static Dictionary<string, int> NewIndex() => new(StringComparer.Ordinal);

    private static int? Find(Dictionary<string, int>? index, string? key) =>
        key is not null && index is not null && index.TryGetValue(key, out var at) ? at : null;

    private readonly record struct Gross(
        long Time, long Micros, bool HasMargin, long Margin, long Refunded, long RefundedWithoutMargin, long RefundedMargin)
    {
        public static Gross Of(long time, Money amount, Money? margin, FoldContext context) => new(
            time, context.Micros(amount), margin is { } known && context.IsOwn(known) && context.IsOwn(amount),
            context.Micros(margin), 0, 0, 0);

        // A margin is known when that of each payment is.
        public Gross And(in PaymentPoint payment, FoldContext context)
        {
            var other = Of(payment.Time, payment.Amount, payment.Margin, context);
            return this with
            {
                Micros = checked(Micros + other.Micros),
                HasMargin = HasMargin && other.HasMargin,
                Margin = checked(Margin + other.Margin),
            };
        }

        public Gross Less(in PaymentPoint refund, FoldContext context)
        {
            var amount = Math.Abs(refund.Amount.Micros);
            return refund.Margin is { } margin && context.IsOwn(margin)
                ? this with { Refunded = checked(Refunded + amount), RefundedMargin = checked(RefundedMargin + margin.Micros) }
                : this with
                {
                    Refunded = checked(Refunded + amount),
                    RefundedWithoutMargin = checked(RefundedWithoutMargin + amount),
                };
        }

        public Purchase Net(FoldContext context)
        {
            var net = Refunded == 0 ? Micros : Math.Max(Math.Min(Micros, 0), Micros - Refunded);
            long? margin = HasMargin ? Margin - RefundedMargin : null;
            if (HasMargin && Micros > 0 && RefundedWithoutMargin > 0)
            {
                var share = (decimal)Math.Min(RefundedWithoutMargin, Micros) / Micros;
                margin -= (long)decimal.Round(Margin * share, 0, MidpointRounding.ToEven);
            }
            return new Purchase(Time, context.DayOf(Time), net, margin);
        }
    }
}
