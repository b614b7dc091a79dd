using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Forecasts;

/// <summary>
/// A forecast of sales. WARNING: the event type and field names below, and the order in <see cref="Serialize"/>, are a storage
/// format.
/// <para>
/// What counts is the forecast as it stood when its period began: the last submission before the first local midnight
/// of the period that it names. A later submission is kept in the fact and changes no number: nobody is to be measured against
/// a forecast that was made when the outcome could be seen.
/// </para>
/// </summary>
public sealed class Forecast(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private LastWriterWins<Submission> _last;
    private LastWriterWins<Submission> _stood;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        if (e.Type != "forecast.submitted")
            return false;
        var fields = new JsonFields(e.Data.Span);
        if (SpreadAmount.Of(fields) is not { From: { } from } amount)
            return false;
        var submission = new Submission(amount, fields.SharedText("manager"u8));
        var changed = _last.Set(submission, e.TimeMicros, e.Sequence);
        if (e.TimeMicros < context.Days.InstantOf((int)from, 0))
            changed |= _stood.Set(submission, e.TimeMicros, e.Sequence);
        return changed;
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (!_stood.IsSet)
            return;
        var dims = DimensionSet.Of((Dimensions.Manager, _stood.Value.Manager));
        _stood.Value.Amount.Contribute(context, sum, Measures.Forecast, dims, _stood.Time);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var (last, money) = (_last.Value, _last.Value.Amount.Amount);
        (int From, int To)? period = _last.IsSet ? last.Amount.DaysUnder(LocalDays.For(settings.TimeZone), _last.Time) : null;
        var row = new FactRow(columns);
        row.Timestamp(_last.IsSet ? _last.Time : null);
        row.Date(period?.From);
        row.Date(period?.To);
        row.Decimal(_last.IsSet ? money.Micros : null);
        row.Decimal(_stood.IsSet ? _stood.Value.Amount.Amount.Micros : null);
        row.Text(_last.IsSet ? money.Currency ?? settings.Currency : null);
        row.Text(last.Manager);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_last.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 260;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_last, Submission.Write);
        writer.Attribute(_stood, Submission.Write);
        return writer.End();
    }

    internal static Forecast Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var forecast = new Forecast(key) { _last = ReadOne(ref reader), _stood = ReadOne(ref reader) };
        reader.End();
        return forecast;
    }

    private static LastWriterWins<Submission> ReadOne(ref StateReader reader)
    {
        var submission = default(LastWriterWins<Submission>);
        if (reader.Flag())
        {
            var (time, sequence) = reader.Stamp();
            submission.Set(new Submission(SpreadAmount.Read(ref reader), reader.Text(isShared: true)), time, sequence);
        }
        return submission;
    }

    private readonly record struct Submission(SpreadAmount Amount, string? Manager)
    {
        public static void Write(StateWriter writer, Submission submission)
        {
            submission.Amount.Write(writer);
            writer.Text(submission.Manager);
        }
    }
}
