using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrmKpi.Connectors.Csv.Mapping;
using CrmKpi.Domain.Events;

namespace CrmKpi.Connectors.Csv;

/// <summary>Applies the rules of a file to a row.</summary>
internal sealed class EventBuilder
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _source;
    private readonly FileMapping _file;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;
    private readonly Dictionary<string, KeyCounter> _firsts;

    public EventBuilder(string source, FileMapping file)
    {
        (_source, _file) = (source, file);
        _json = new Utf8JsonWriter(_buffer, Compact);
        _firsts = file.Rules.Where(r => r.FirstOf.Count > 0).ToDictionary(r => r.Name, _ => new KeyCounter());
    }

    public IReadOnlyList<CanonicalEvent> Build(in Row row)
    {
        List<CanonicalEvent>? events = null;
        foreach (var rule in _file.Rules)
        {
            if (!Applies(rule, row))
                continue;
            events ??= new List<CanonicalEvent>(_file.Rules.Count);
            events.Add(Build(rule, row));
        }
        return events ?? (IReadOnlyList<CanonicalEvent>)[];
    }

    private bool Applies(EventRule rule, in Row row)
    {
        foreach (var condition in rule.When)
            if (!condition.Holds(row))
                return false;
        if (rule.FirstOf.Count == 0)
            return true;
        var values = row.Values;
        var key = string.Join(JoinIndex.KeySeparator, rule.FirstOf.Select(slot => values[slot]));
        return _firsts[rule.Name].Next(key) == 1;
    }

    private CanonicalEvent Build(EventRule rule, in Row row)
    {
        var time = row[rule.TimeSlot] ?? throw new RowProblemException("missing_value",
            $"It is empty, but it is the time of \"{rule.Type}\". Fill it in, or leave such rows out with \"when\" in the mapping.",
            row.NameOf(rule.TimeSlot));
        var id = rule.Id?.FillRequired(row, "id") ?? $"{row.File}/{row.Key}/{rule.Name}";
        var subject = rule.Subject.FillRequired(row, "subject");
        var instant = rule.Time.Parse(time, row.NameOf(rule.TimeSlot));
        return new CanonicalEvent(id, _source, rule.Type, subject, instant, Data(rule, row));
    }

    private byte[] Data(EventRule rule, in Row row)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        foreach (var (name, value) in rule.Data)
            value.Write(_json, name, row);
        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenSpan.ToArray();
    }
}
