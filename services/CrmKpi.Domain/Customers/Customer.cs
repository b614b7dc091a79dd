using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Quality;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Customers;

/// <summary>
/// A customer with all purchases. WARNING: the event types and field names below, and the order in <see cref="Serialize"/>,
/// are a storage format.
/// <para>
/// Of two <c>purchase.made</c> with the same purchase id the last counts. Which purchases count, and how refunds lower them,
/// stands at <see cref="Customers.Purchases"/>; when a customer is active, at <see cref="Activity"/>. As a record it lives until
/// it is merged into another.
/// </para>
/// <para>
/// A customer that was merged into another counts no more: all its purchases, refunds and losses, before the merge and after
/// it, are those of the other, which keeps its own dimension values. Of customers that were merged in a circle the
/// first by id counts.
/// </para>
/// </summary>
public sealed class Customer(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 2;

    private Earliest _firstEvent;
    private Earliest _registered;
    private DimensionValues _dims;
    private List<PaymentPoint> _payments = [];
    private List<PaymentPoint> _refunds = [];
    private List<LossPoint> _losses = [];
    private Earliest _merged;
    private LastWriterWins<string> _into;
    private RecordQuality _quality;
    private Inbound _inbound;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        var changed = _firstEvent.Add(e.TimeMicros);
        changed |= _dims.Apply(fields, Dimensions.Party, e) | _quality.Apply(context, RecordKind.Customer, fields, e);
        switch (e.Type)
        {
            case "customer.registered":
                changed |= _registered.Add(e.TimeMicros);
                break;
            case "customer.merged":
                changed |= ApplyMerge(fields, e);
                break;
            case "customer.lost":
                changed |= Timeline.Insert(_losses, new LossPoint(e.TimeMicros, e.Sequence));
                break;
            case "purchase.made":
                changed |= PaymentOf(fields, e) is { } payment && Replace(payment);
                break;
            case "purchase.refunded":
                changed |= PaymentOf(fields, e) is { } refund && Timeline.Insert(_refunds, refund);
                break;
        }
        return changed;
    }

    /// <inheritdoc/>
    internal override bool Receive(EntityKey sender, Link? link) => _inbound.Receive(sender, link);

    /// <inheritdoc/>
    internal override void TellOthers(FoldContext context, List<(EntityKey Receiver, Link Link)> links)
    {
        if (MergedInto is not { } into)
            return;
        var ledgers = MergedLedgers.From(Key.Id, OwnLedger(), Received(), into);
        links.Add((new EntityKey(EntityKind.Customer, into), new Link(IsDirect: true, Ledgers: ledgers)));
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (_firstEvent.Time is { } born)
            _quality.Contribute(context, RecordKind.Customer, born, _merged.Time, sum);
        var ledger = CountedLedger();
        if (ledger.IsEmpty)
            return;
        new CustomerContributions(context, sum, _dims.Set.Only(Dimensions.Party))
            .Add(Purchases.Of(context, ledger), ledger.Losses);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var (context, ledger) = (new FoldContext(settings), CountedLedger());
        var (all, losses) = (Purchases.Of(context, ledger).All, ledger.Losses);
        var intervals = Activity.IntervalsOf(all, losses, settings.InactivityDays, context);
        var total = 0L;
        foreach (var purchase in all)
            total = checked(total + (context.ForeignCurrency(purchase.Amount) is null ? purchase.Amount.Micros : 0));
        var isLost = losses.Count > 0 && (all.Count == 0 || losses[^1].Time >= all[^1].Time);
        var row = new FactRow(columns);
        row.Timestamp(_registered.Time ?? _firstEvent.Time);
        row.Date(all.Count > 0 ? all[0].Day : null);
        row.Date(all.Count > 0 ? all[^1].Day : null);
        row.Integer(all.Count);
        row.Decimal(total);
        row.Date(intervals.Count > 0 ? intervals[^1].To : null);
        row.Timestamp(isLost ? losses[^1].Time : null);
        row.Party(_dims.Set);
        row.Text(MergedInto);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_firstEvent.IsSet && _inbound.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes =>
        300 + _dims.ApproximateBytes + (_payments.Capacity + _refunds.Capacity) * 130 + _losses.Capacity * 16
        + _inbound.Count * 240 + _quality.ApproximateBytes + Received().Sum(r => r.ApproximateBytes);

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _firstEvent.Write(writer);
        _registered.Write(writer);
        _dims.Write(writer);
        Ledger.WritePayments(writer, _payments);
        Ledger.WritePayments(writer, _refunds);
        writer.Count(_losses.Count);
        foreach (var loss in _losses)
            writer.Stamp(loss.Time, loss.Sequence);
        _merged.Write(writer);
        writer.Attribute(_into);
        _quality.Write(writer);
        _inbound.Write(writer);
        return writer.End();
    }

    internal static Customer Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var customer = new Customer(key)
        {
            _firstEvent = Earliest.Read(ref reader),
            _registered = Earliest.Read(ref reader),
            _dims = DimensionValues.Read(ref reader),
            _payments = Ledger.ReadPayments(ref reader),
            _refunds = Ledger.ReadPayments(ref reader),
            _losses = Ledger.ReadLosses(ref reader),
            _merged = Earliest.Read(ref reader),
            _into = reader.TextAttribute(),
            _quality = RecordQuality.Read(ref reader),
            _inbound = Inbound.Read(ref reader),
        };
        reader.End();
        return customer;
    }

    // The customer that this one was merged into.
    private string? MergedInto => _into.IsSet ? _into.Value : null;

    // Copied: a link must stay as it was told when the lists go on.
    private Ledger OwnLedger() =>
        new(_payments.ToArray(), _refunds.ToArray(), _losses.ToArray(), Ledger.DealsOf(_inbound));

    private List<MergedLedger> Received()
    {
        var received = new List<MergedLedger>();
        foreach (var (_, link) in _inbound)
            if (link.Ledgers is { } ledgers)
                received.AddRange(ledgers.All);
        return received;
    }

    // What counts for this customer: nothing when it was merged into another, else its own with all that was handed on to it.
    private Ledger CountedLedger()
    {
        var received = Received();
        if (MergedInto is { } into)
        {
            // Merged in a circle: the ledger of the next one came round, by the way of all the others.
            var circle = received.Find(r => r.Customer == into)?.Way;
            if (circle is null || circle.Any(other => string.CompareOrdinal(other, Key.Id) < 0))
                return new Ledger([], [], [], []);
        }
        var own = new Ledger(_payments, _refunds, _losses, Ledger.DealsOf(_inbound));
        return received.Count == 0 ? own : Ledger.Of(received.Select(r => r.Ledger).Append(own));
    }

    // What is merged into itself stays what it is.
    private bool ApplyMerge(in JsonFields fields, in LogEvent e) =>
        fields.Text("into"u8) is { Length: > 0 } into && into != Key.Id
        && (_merged.Add(e.TimeMicros) | _into.Set(into, e.TimeMicros, e.Sequence));

    private static PaymentPoint? PaymentOf(in JsonFields fields, in LogEvent e) =>
        fields.Text("purchase"u8) is { } purchase && fields.Amount("amount"u8) is { } amount
            ? new PaymentPoint(e.TimeMicros, e.Sequence, purchase, fields.Text("deal"u8), amount, fields.Amount("margin"u8))
            : null;

    // The last writer of a purchase id stays.
    private bool Replace(in PaymentPoint payment)
    {
        for (var i = _payments.Count - 1; i >= 0; i--)
        {
            var held = _payments[i];
            if (held.Purchase != payment.Purchase)
                continue;
            if ((payment.Time, payment.Sequence).CompareTo((held.Time, held.Sequence)) <= 0)
                return false;
            _payments.RemoveAt(i);
            break;
        }
        return Timeline.Insert(_payments, payment);
    }
}
