using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Records;
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
                changed |= _merged.Add(e.TimeMicros);
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
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (_firstEvent.Time is { } born)
            _quality.Contribute(context, RecordKind.Customer, born, _merged.Time, sum);
        if (_payments.Count == 0 && _inbound.Count == 0)
            return;
        new CustomerContributions(context, sum, _dims.Set.Only(Dimensions.Party)).Add(PurchasesUnder(context), _losses);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var context = new FoldContext(settings);
        var all = PurchasesUnder(context).All;
        var intervals = Activity.IntervalsOf(all, _losses, settings.InactivityDays, context);
        var total = 0L;
        foreach (var purchase in all)
            total = checked(total + (context.ForeignCurrency(purchase.Amount) is null ? purchase.Amount.Micros : 0));
        var isLost = _losses.Count > 0 && (all.Count == 0 || _losses[^1].Time >= all[^1].Time);
        var row = new FactRow(columns);
        row.Timestamp(_registered.Time ?? _firstEvent.Time);
        row.Date(all.Count > 0 ? all[0].Day : null);
        row.Date(all.Count > 0 ? all[^1].Day : null);
        row.Integer(all.Count);
        row.Decimal(total);
        row.Date(intervals.Count > 0 ? intervals[^1].To : null);
        row.Timestamp(isLost ? _losses[^1].Time : null);
        row.Party(_dims.Set);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_firstEvent.IsSet && _inbound.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes =>
        280 + _dims.ApproximateBytes + (_payments.Capacity + _refunds.Capacity) * 130 + _losses.Capacity * 16
        + _inbound.Count * 240 + _quality.ApproximateBytes;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _firstEvent.Write(writer);
        _registered.Write(writer);
        _dims.Write(writer);
        Write(writer, _payments);
        Write(writer, _refunds);
        writer.Count(_losses.Count);
        foreach (var loss in _losses)
            writer.Stamp(loss.Time, loss.Sequence);
        _merged.Write(writer);
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
            _payments = ReadPayments(ref reader),
            _refunds = ReadPayments(ref reader),
        };
        var losses = reader.Count();
        customer._losses = new List<LossPoint>(losses);
        for (; losses > 0; losses--)
        {
            var (time, sequence) = reader.Stamp();
            customer._losses.Add(new LossPoint(time, sequence));
        }
        customer._merged = Earliest.Read(ref reader);
        customer._quality = RecordQuality.Read(ref reader);
        customer._inbound = Inbound.Read(ref reader);
        reader.End();
        return customer;
    }

    private Purchases PurchasesUnder(FoldContext context) => Purchases.Of(context, _payments, _refunds, _inbound);

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

    private static void Write(StateWriter writer, List<PaymentPoint> points)
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

    private static List<PaymentPoint> ReadPayments(ref StateReader reader)
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
}
