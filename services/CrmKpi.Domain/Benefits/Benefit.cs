using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Benefits;

/// <summary>
/// A benefit of the CRM: the last one of its stream, spread over its period. WARNING: the event type and field names below,
/// and the order in <see cref="Serialize"/>, are a storage format.
/// </summary>
public sealed class Benefit(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private LastWriterWins<Record> _record;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        if (e.Type != "benefit.recorded")
            return false;
        var fields = new JsonFields(e.Data.Span);
        return fields.SharedText("category"u8) is { } category && SpreadAmount.Of(fields) is { } amount
            && _record.Set(new Record(category, amount), e.TimeMicros, e.Sequence);
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (!_record.IsSet)
            return;
        var dims = DimensionSet.Of((Dimensions.Category, _record.Value.Category));
        _record.Value.Amount.Contribute(context, sum, Measures.Benefit, dims, _record.Time);
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
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_record.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 180;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_record, static (w, record) =>
        {
            w.Text(record.Category);
            record.Amount.Write(w);
        });
        return writer.End();
    }

    internal static Benefit Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var benefit = new Benefit(key);
        if (reader.Flag())
        {
            var (time, sequence) = reader.Stamp();
            var record = new Record(reader.Text(isShared: true)!, SpreadAmount.Read(ref reader));
            benefit._record.Set(record, time, sequence);
        }
        reader.End();
        return benefit;
    }

    private readonly record struct Record(string Category, SpreadAmount Amount);
}
