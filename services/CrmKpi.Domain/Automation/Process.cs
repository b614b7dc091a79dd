using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Automation;

/// <summary>
/// A process of the company. WARNING: the event types and field names below, and the order in <see cref="Serialize"/>, are a
/// storage format. It is defined, by hand or automated, from a <c>process.defined</c> on until the next one or until it
/// is retired.
/// </summary>
public sealed class Process(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private LastWriterWins<string> _name;
    private List<ProcessPoint> _points = [];

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        if (e.Type is not ("process.defined" or "process.retired"))
            return false;
        var fields = new JsonFields(e.Data.Span);
        var status = e.Type == "process.retired" ? ProcessStatus.Retired
            : fields.Flag("automated"u8) == true ? ProcessStatus.Automated : ProcessStatus.Manual;
        var changed = Timeline.Insert(_points, new ProcessPoint(e.TimeMicros, e.Sequence, status));
        return fields.Text("name"u8) is { } name ? _name.Set(name, e.TimeMicros, e.Sequence) | changed : changed;
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        var before = ProcessStatus.Retired;
        foreach (var (time, _, status) in _points)
        {
            var day = context.DayOf(time);
            AddChange(sum, Measures.ProcessesDefined, day, before != ProcessStatus.Retired, status != ProcessStatus.Retired);
            AddChange(
                sum, Measures.ProcessesAutomated, day, before == ProcessStatus.Automated, status == ProcessStatus.Automated);
            before = status;
        }
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        long? retired = null;
        for (var i = _points.Count - 1; i >= 0 && _points[i].Status == ProcessStatus.Retired; i--)
            retired = _points[i].Time;
        var defined = _points.FindLastIndex(p => p.Status != ProcessStatus.Retired);
        var row = new FactRow(columns);
        row.Timestamp(_points.Count > 0 ? _points[0].Time : null);
        row.Text(_name.Value);
        row.Boolean(defined < 0 ? null : _points[defined].Status == ProcessStatus.Automated);
        row.Timestamp(retired);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => _points.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes => 220 + _points.Capacity * 24;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_name);
        writer.Count(_points.Count);
        foreach (var point in _points)
        {
            writer.Stamp(point.Time, point.Sequence);
            writer.Byte((byte)point.Status);
        }
        return writer.End();
    }

    internal static Process Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var process = new Process(key) { _name = reader.TextAttribute() };
        var points = reader.Count();
        process._points = new List<ProcessPoint>(points);
        for (; points > 0; points--)
        {
            var (time, sequence) = reader.Stamp();
            process._points.Add(new ProcessPoint(time, sequence, (ProcessStatus)reader.Byte()));
        }
        reader.End();
        return process;
    }

    private static void AddChange(ContributionList sum, Measure measure, int day, bool before, bool now)
    {
        if (before != now)
            sum.Add(measure, day, DimensionSet.Empty, 0, now ? 1 : -1);
    }

    /// <summary>The numbers are a storage format.</summary>
    private enum ProcessStatus : byte { Retired = 0, Manual = 1, Automated = 2 }

    private readonly record struct ProcessPoint(long Time, long Sequence, ProcessStatus Status) : ITimelinePoint
    {
        public int Rank => 0;
    }
}
