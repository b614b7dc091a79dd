using System.Text.Json;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Quality;

/// <summary>What an event says about how much of a record is filled in: some of its fields, or how many of them.</summary>
/// <param name="Fields">Whether each of some fields is filled; null when only their number is told.</param>
internal readonly record struct CardPoint(
    long Time, long Sequence, (string Name, bool IsFilled)[]? Fields, int Required = 0, int Filled = 0) : ITimelinePoint
{
    public int Rank => 0;

    /// <summary>The fields that must be filled in a kind of record; null when the events of the record name them.</summary>
    public static IReadOnlyList<string>? RequiredOf(RecordKind kind, TenantSettings settings) =>
        settings.RequiredFields.GetValueOrDefault(kind.Name) is { Count: > 0 } required ? required : null;

    /// <summary>The point of a <c>record.completeness</c> or of the <c>fields</c> of another event; null if there is none.</summary>
    public static CardPoint? Of(RecordKind kind, TenantSettings settings, in JsonFields fields, in LogEvent e)
    {
        if (e.Type == "record.completeness")
        {
            return fields.Integer("required"u8) is { } required && fields.Integer("filled"u8) is { } filled
                ? new CardPoint(e.TimeMicros, e.Sequence, null, (int)required, (int)Math.Min(required, filled)) : null;
        }
        var map = fields.Nested("fields"u8);
        if (map.IsEmpty)
            return null;
        var known = new List<(string, bool)>();
        var wanted = RequiredOf(kind, settings);
        var reader = new Utf8JsonReader(map);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = TextPool.Shared.Get(reader.GetString()!);
            reader.Read();
            if (reader.TokenType is JsonTokenType.True or JsonTokenType.False && wanted?.Contains(name) != false)
                known.Add((name, reader.TokenType == JsonTokenType.True));
        }
        return known.Count == 0 ? null : new CardPoint(e.TimeMicros, e.Sequence, [.. known]);
    }

    public void Write(StateWriter writer)
    {
        writer.Stamp(Time, Sequence);
        writer.Count(Fields?.Length ?? 0);
        if (Fields is null)
        {
            writer.Signed(Required);
            writer.Signed(Filled);
            return;
        }
        foreach (var (name, isFilled) in Fields)
        {
            writer.Text(name);
            writer.Flag(isFilled);
        }
    }

    public static CardPoint Read(ref StateReader reader)
    {
        var (time, sequence) = reader.Stamp();
        var count = reader.Count();
        if (count == 0)
            return new CardPoint(time, sequence, null, (int)reader.Signed(), (int)reader.Signed());
        var fields = new (string, bool)[count];
        for (var i = 0; i < count; i++)
            fields[i] = (reader.Text(isShared: true) ?? "", reader.Flag());
        return new CardPoint(time, sequence, fields);
    }
}
