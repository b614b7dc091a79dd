using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Folding;

/// <summary>A read model in memory: folds batches as the projection does, with every state stored as bytes between them.</summary>
internal sealed class ReadModel(TenantSettings settings)
{
    public Dictionary<EntityKey, byte[]> States { get; } = [];

    public Dictionary<CubeCell, CellValue> Cells { get; } = [];

    public static ReadModel Of(TenantSettings settings, params LogEvent[] events)
    {
        var model = new ReadModel(settings);
        model.Fold(events);
        return model;
    }

    public void Fold(ReadOnlySpan<LogEvent> events)
    {
        var batch = new FoldBatch(settings);
        batch.Add(events);
        while (batch.Missing is { Count: > 0 } keys)
            foreach (var key in keys)
                batch.Load(key, States.TryGetValue(key, out var bytes) ? EntityState.Deserialize(key, bytes) : null);
        var changes = batch.Complete();
        foreach (var state in changes.Entities)
            States[state.Key] = state.Serialize();
        foreach (var key in changes.Removed)
            Assert.True(States.Remove(key));
        foreach (var (cell, change) in changes.Cells)
        {
            Assert.False(change.IsZero);
            Assert.Equal(cell.Dims, cell.Dims.Only(cell.Measure.Dimensions));
            var sum = Cells.GetValueOrDefault(cell) + change;
            if (sum.IsZero)
                Cells.Remove(cell);
            else
                Cells[cell] = sum;
        }
    }

    /// <summary>The contributions of the final states alone.</summary>
    public Dictionary<CubeCell, CellValue> CellsOfStates()
    {
        var (all, sum) = (new ContributionList(), new CellSum());
        foreach (var (key, bytes) in States)
            EntityState.Deserialize(key, bytes).Contribute(new FoldContext(settings), all);
        sum.AddDifference([], all.From(0));
        return new Dictionary<CubeCell, CellValue>(sum.End());
    }

    /// <summary>The cells as KPIs read them.</summary>
    public CubeSnapshot Snapshot()
    {
        var all = new ContributionList();
        foreach (var (key, bytes) in States)
            EntityState.Deserialize(key, bytes).Contribute(new FoldContext(settings), all);
        return CubeSnapshot.From("t", settings, all.From(0).ToArray());
    }

    /// <summary>The typed columns of an entity's fact by name.</summary>
    public Dictionary<string, object?> Fact(string stream)
    {
        Assert.True(EntityKey.TryParse(stream, out var key));
        return Fact(key);
    }

    /// <summary>The typed columns of the fact of a part of a stream.</summary>
    public Dictionary<string, object?> Fact(EntityKey key)
    {
        var schema = FactSchema.Of(key.Kind);
        var columns = new object?[schema.Columns.Count];
        EntityState.Deserialize(key, States[key]).WriteFact(settings, columns);
        return schema.Columns.Zip(columns).ToDictionary(c => c.First.Name, c => c.Second);
    }

    /// <summary>The cells of a measure as text, one a line, sorted: <c>day dims [bucket] count sum</c>.</summary>
    public string Show(Measure measure)
    {
        var lines = Cells.Where(c => c.Key.Measure == measure).Select(c =>
        {
            var bucket = c.Key.Bucket == 0 || measure.Kind == MeasureKind.Distribution ? ""
                : measure.Kind == MeasureKind.DayPairs
                    ? c.Key.Bucket == Measure.NeverDay ? " [never]" : $" [{DateOnly.FromDayNumber(c.Key.Bucket):yyyy-MM-dd}]"
                    : $" [{c.Key.Bucket}]";
            var dims = c.Key.Dims.Equals(DimensionSet.Empty) ? "" : $" {{{c.Key.Dims}}}";
            var sum = measure.Unit switch
            {
                MeasureUnit.Count => "",
                MeasureUnit.MoneyMicros or MeasureUnit.ScoreMicros => $" {(decimal)c.Value.Sum / 1_000_000:0.######}",
                _ => $" {c.Value.Sum}",
            };
            return $"{DateOnly.FromDayNumber(c.Key.Day):yyyy-MM-dd}{dims}{bucket} {c.Value.Count:+0;-0;0}{sum}";
        });
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    /// <summary>An event; times are read as UTC unless they have an offset.</summary>
    public static LogEvent Event(long sequence, string time, string stream, string type, string data = "{}")
    {
        var text = time.Length == 10 ? time + "T00:00:00Z" : time.Length == 16 ? time.Replace(' ', 'T') + ":00Z" : time;
        Assert.True(Rfc3339.TryParseInstant(Encoding.UTF8.GetBytes(text), out var micros), $"Not a time: {time}");
        var bytes = Encoding.UTF8.GetBytes(data.Replace('\'', '"'));
        Assert.Empty(EventValidator.Validate(EventTypes.Find(type) ?? throw new ArgumentException(type), bytes));
        return new LogEvent(sequence, stream, type, micros, bytes);
    }
}
