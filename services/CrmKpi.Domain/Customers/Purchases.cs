using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Customers;

/// <summary>A payment as the last event with its purchase id told it.</summary>
internal readonly record struct PaymentPoint(
    long Time, long Sequence, string Purchase, string? Deal, Money Amount, Money? Margin) : ITimelinePoint
{
    public int Rank => 0;
}

/// <summary>A purchase as it counts: net of refunds.</summary>
/// <param name="Time">Microseconds since 1970-01-01T00:00Z.</param>
/// <param name="Day">Local day.</param>
/// <param name="Amount">Net amount, in the currency of its first payment.</param>
/// <param name="MarginMicros">Net margin, in the currency of the amount; null when it is not known.</param>
/// <param name="Others">What was paid or refunded in other currencies, beside the amount.</param>
internal readonly record struct Purchase(
    long Time, int Day, Money Amount, long? MarginMicros, IReadOnlyList<Money> Others);

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

    /// <summary>The purchases by time.</summary>
    public List<Purchase> All { get; } = [];

    public static Purchases Of(FoldContext context, Ledger ledger)
    {
        var purchases = new Purchases(context);
        if (context.Settings.PurchaseSource == PurchaseSource.Payments)
            purchases.TakePayments(ledger.Payments, ledger.Refunds.Count > 0);
        else
            purchases.TakeDeals(ledger.Deals, ledger.Payments, ledger.Refunds.Count > 0);
        purchases.TakeRefunds(ledger.Refunds);
        foreach (var gross in purchases._gross)
            purchases.All.Add(gross.Net(context));
        return purchases;
    }

    private void TakePayments(IReadOnlyList<PaymentPoint> payments, bool hasRefunds)
    {
        foreach (var told in payments)
        {
            var payment = InOwn(told);
            var at = _gross.Count;
            if (payment.Deal is not null && !(_byDeal ??= NewIndex()).TryAdd(payment.Deal, at))
            {
                at = _byDeal[payment.Deal];
                _gross[at] = _gross[at].And(payment);
            }
            else
                _gross.Add(Gross.Of(payment.Time, payment.Amount, payment.Margin));
            if (hasRefunds)
                (_byId ??= NewIndex())[payment.Purchase] = at;
        }
    }

    private void TakeDeals(IReadOnlyList<WonDeal> deals, IReadOnlyList<PaymentPoint> payments, bool hasRefunds)
    {
        foreach (var deal in deals)
        {
            if (hasRefunds)
                (_byDeal ??= NewIndex()).Add(deal.Deal, _gross.Count);
            _gross.Add(Gross.Of(deal.At, InOwn(deal.Amount) ?? default, InOwn(deal.Margin)));
        }
        if (_byDeal is null)
            return;
        foreach (var payment in payments)
            if (payment.Deal is not null && _byDeal.TryGetValue(payment.Deal, out var at))
                (_byId ??= NewIndex())[payment.Purchase] = at;
    }

    private void TakeRefunds(IReadOnlyList<PaymentPoint> refunds)
    {
        foreach (var refund in refunds)
        {
            if ((Find(_byId, refund.Purchase) ?? Find(_byDeal, refund.Deal)) is { } at)
                _gross[at] = _gross[at].Less(InOwn(refund));
        }
    }

    // An amount that names the tenant's currency is one without a currency.
    private Money? InOwn(Money? money) =>
        money is { } m && _context.ForeignCurrency(m) is null ? m with { Currency = null } : money;

    private PaymentPoint InOwn(in PaymentPoint payment) =>
        payment with { Amount = InOwn(payment.Amount)!.Value, Margin = InOwn(payment.Margin) };

    private static Dictionary<string, int> NewIndex() => new(StringComparer.Ordinal);

    private static int? Find(Dictionary<string, int>? index, string? key) =>
        key is not null && index is not null && index.TryGetValue(key, out var at) ? at : null;

    private readonly record struct Gross(
        long Time, Money Amount, bool HasMargin, long Margin, long Refunded, long RefundedWithoutMargin, long RefundedMargin)
    {
        public List<Money>? Others { get; init; }

        public static Gross Of(long time, Money amount, Money? margin) => new(
            time, amount, margin is { } known && AreAlike(known, amount), margin?.Micros ?? 0, 0, 0, 0);

        // A margin is known when that of each payment is.
        public Gross And(in PaymentPoint payment)
        {
            if (!AreAlike(payment.Amount, Amount))
                return WithOther(payment.Amount) with { HasMargin = false };
            var other = Of(payment.Time, payment.Amount, payment.Margin);
            return this with
            {
                Amount = Amount with { Micros = checked(Amount.Micros + other.Amount.Micros) },
                HasMargin = HasMargin && other.HasMargin,
                Margin = checked(Margin + other.Margin),
            };
        }

        public Gross Less(in PaymentPoint refund)
        {
            var amount = Math.Abs(refund.Amount.Micros);
            if (!AreAlike(refund.Amount, Amount))
                return WithOther(refund.Amount with { Micros = -amount });
            return refund.Margin is { } margin && AreAlike(margin, Amount)
                ? this with { Refunded = checked(Refunded + amount), RefundedMargin = checked(RefundedMargin + margin.Micros) }
                : this with
                {
                    Refunded = checked(Refunded + amount),
                    RefundedWithoutMargin = checked(RefundedWithoutMargin + amount),
                };
        }

        public Purchase Net(FoldContext context)
        {
            var gross = Amount.Micros;
            var net = Refunded == 0 ? gross : Math.Max(Math.Min(gross, 0), gross - Refunded);
            long? margin = HasMargin ? Margin - RefundedMargin : null;
            if (HasMargin && gross > 0 && RefundedWithoutMargin > 0)
            {
                var share = (decimal)Math.Min(RefundedWithoutMargin, gross) / gross;
                margin -= (long)decimal.Round(Margin * share, 0, MidpointRounding.ToEven);
            }
            return new Purchase(Time, context.DayOf(Time), Amount with { Micros = net }, margin, Others ?? []);
        }

        private Gross WithOther(Money money) => this with { Others = [.. Others ?? [], money] };

        private static bool AreAlike(Money a, Money b) => a.Currency == b.Currency;
    }
}
