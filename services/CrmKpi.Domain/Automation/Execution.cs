using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Automation;

/// <summary>
/// One execution of a process: the part of the process's stream that one event makes. WARNING: the event type and field names
/// below, and the order in <see cref="Serialize"/>, are a storage format.
/// </summary>
public sealed class Execution(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private LastWriterWins<string> _kind;
    private LastWriterWins<long> _isAutomated;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        if (e.Type != "process.executed" || fields.Flag("automated"u8) is not { } isAutomated)
            return false;
        if (fields.SharedText("kind"u8) is { } kind)
            _kind.Set(kind, e.TimeMicros, e.Sequence);
        return _isAutomated.Set(isAutomated ? 1 : 0, e.TimeMicros, e.Sequence);
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (!_isAutomated.IsSet)
            return;
        var (day, kind) = (context.DayOf(_isAutomated.Time), DimensionSet.Of((Dimensions.Category, _kind.Value)));
        sum.Add(Measures.Executions, day, kind);
        if (_isAutomated.Value != 0)
            sum.Add(Measures.ExecutionsAutomated, day, kind);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var row = new FactRow(columns);
        row.Timestamp(_isAutomated.IsSet ? _isAutomated.Time : null);
        row.Text(Key.StreamId);
        row.Text(_kind.Value);
        row.Boolean(_isAutomated.IsSet ? _isAutomated.Value != 0 : null);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_isAutomated.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 200;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_kind);
        writer.Attribute(_isAutomated);
        return writer.End();
    }

    internal static Execution Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var execution = new Execution(key)
        {
            _kind = reader.TextAttribute(isShared: true),
            _isAutomated = reader.NumberAttribute(),
        };
        reader.End();
        return execution;
    }
}
