using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Costs;

/// <summary>
/// A cost: the last one of its stream, spread over its period. WARNING: the event type and field names below, and the order
/// in <see cref="Serialize"/>, are a storage format.
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
        if (fields.SharedText("category"u8) is not { } category || SpreadAmount.Of(fields) is not { } amount)
            return false;
        var record = new Record(category, amount, fields.SharedText("channel"u8), fields.SharedText("campaign"u8));
        return _record.Set(record, e.TimeMicros, e.Sequence);
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (!_record.IsSet)
            return;
        var record = _record.Value;
        var dims = DimensionSet.Of((Dimensions.Category, record.Category), (Dimensions.Channel, record.Channel),
            (Dimensions.Campaign, record.Campaign));
        record.Amount.Contribute(context, sum, Measures.Cost, dims, _record.Time);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var (record, money) = (_record.Value, _record.Value.Amount.Amount);
        (int From, int To)? period = _record.IsSet
            ? record.Amount.DaysUnder(LocalDays.For(settings.TimeZone), _record.Time) : null;
        var row = new FactRow(columns);
        row.Timestamp(_record.IsSet ? _record.Time : null);
        row.Text(record.Category);
        row.Decimal(_record.IsSet ? money.Micros : null);
        row.Text(_record.IsSet ? money.Currency ?? settings.Currency : null);
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

    private readonly record struct Record(string Category, SpreadAmount Amount, string? Channel, string? Campaign)
    {
        public void Write(StateWriter writer)
        {
            writer.Text(Category);
            Amount.Write(writer);
            writer.Text(Channel);
            writer.Text(Campaign);
        }

        public static Record Read(ref StateReader reader) => new(reader.Text(isShared: true)!, SpreadAmount.Read(ref reader),
            reader.Text(isShared: true), reader.Text(isShared: true));
    }
}
