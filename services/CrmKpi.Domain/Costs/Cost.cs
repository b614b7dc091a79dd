using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Costs;

/// <summary>
/// A cost: the last one of its stream. WARNING: the event type and field names below, and the order in
/// <see cref="Serialize"/>, are a storage format. Its amount is spread over the days of its period so that the parts sum up to
/// the whole to the last millionth; without a period it lies on the day of its event.
/// </summary>
public sealed class Cost(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private LastWriterWins<Record> _record;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        if (e.Type != "cost.recorded")
            return false;
        var fields = new JsonFields(e.Data.Span);
        if (fields.SharedText("category"u8) is not { } category || fields.Amount("amount"u8) is not { } amount)
            return false;
        (long? from, long? to) = (null, null);
        if (fields.Nested("period"u8) is { IsEmpty: false } nested)
        {
            var period = new JsonFields(nested);
            (from, to) = (period.Day("from"u8), period.Day("to"u8));
        }
        var record = new Record(category, amount, from, to, fields.SharedText("channel"u8), fields.SharedText("campaign"u8));
        return _record.Set(record, e.TimeMicros, e.Sequence);
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (!_record.IsSet)
            return;
        var record = _record.Value;
        var (from, to) = PeriodUnder(context.Days);
        var dims = DimensionSet.Of((Dimensions.Category, record.Category), (Dimensions.Channel, record.Channel),
            (Dimensions.Campaign, record.Campaign), (Dimensions.Currency, context.ForeignCurrency(record.Amount)));
        var days = to - from + 1;
        for (var i = 0; i < days; i++)
        {
            var part = (Int128)record.Amount.Micros * (i + 1) / days - (Int128)record.Amount.Micros * i / days;
            sum.Add(Measures.Cost, from + i, dims, 0, 1, (long)part);
        }
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var record = _record.Value;
        (int From, int To)? period = _record.IsSet ? PeriodUnder(LocalDays.For(settings.TimeZone)) : null;
        var row = new FactRow(columns);
        row.Timestamp(_record.IsSet ? _record.Time : null);
        row.Text(record.Category);
        row.Decimal(_record.IsSet ? record.Amount.Micros : null);
        row.Text(_record.IsSet ? record.Amount.Currency ?? settings.Currency : null);
        row.Date(period?.From);
        row.Date(period?.To);
        row.Text(record.Channel);
        row.Text(record.Campaign);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_record.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 200;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_record, static (w, record) => record.Write(w));
        return writer.End();
    }

    internal static Cost Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var cost = new Cost(key);
        if (reader.Flag())
        {
            var (time, sequence) = reader.Stamp();
            cost._record.Set(Record.Read(ref reader), time, sequence);
        }
        reader.End();
        return cost;
    }

    // The door refuses periods that are turned round or too long; a stored one is cut, so that a fold always ends.
    private (int From, int To) PeriodUnder(LocalDays days)
    {
        if (_record.Value is not { From: { } from, To: { } to } || to < from)
            return (days.DayOf(_record.Time), days.DayOf(_record.Time));
        return ((int)from, (int)Math.Min(to, from + EventValidator.PeriodDaysMax - 1));
    }

    private readonly record struct Record(
        string Category, Money Amount, long? From, long? To, string? Channel, string? Campaign)
    {
        public void Write(StateWriter writer)
        {
            writer.Text(Category);
            writer.Money(Amount);
            writer.Optional(From);
            writer.Optional(To);
            writer.Text(Channel);
            writer.Text(Campaign);
        }

        public static Record Read(ref StateReader reader) => new(reader.Text(isShared: true)!, reader.Money(),
            reader.Optional(), reader.Optional(), reader.Text(isShared: true), reader.Text(isShared: true));
    }
}
