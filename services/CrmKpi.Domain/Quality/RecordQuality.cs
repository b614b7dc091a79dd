using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Quality;

/// <summary>
/// How well a lead, a deal or a customer is kept: a part of the state of each, since only that knows how long the record
/// lives. WARNING: the event types and field names are a storage format.
/// <para>
/// How much is filled in holds from the time of its event on. A field is filled as the last event that names it says; the
/// fields that count are those of the settings, else all that were named so far. A <c>record.completeness</c> holds until the
/// next event that tells more. A record that never told anything counts as a record, but neither as full nor as
/// empty. It is a duplicate while it was detected as one of any other record and that was not resolved.
/// </para>
/// </summary>
internal struct RecordQuality
{
    private List<CardPoint>? _cards;
    private List<DuplicatePoint>? _duplicates;

    /// <summary>Roughly how many bytes it holds.</summary>
    public readonly int ApproximateBytes
    {
        get
        {
            var bytes = (_duplicates?.Capacity ?? 0) * 48;
            foreach (var card in _cards ?? [])
                bytes += 48 + (card.Fields?.Length ?? 0) * 16;
            return bytes;
        }
    }

    /// <summary>Takes an event in; false when it changes nothing.</summary>
    public bool Apply(FoldContext context, RecordKind kind, in JsonFields fields, in LogEvent e)
    {
        if (e.Type is "duplicate.detected" or "duplicate.resolved")
        {
            return fields.Text("of"u8) is { } other && Timeline.Insert(
                _duplicates ??= [], new DuplicatePoint(e.TimeMicros, e.Sequence, other, e.Type == "duplicate.detected"));
        }
        return CardPoint.Of(kind, context.Settings, fields, e) is { } card && Timeline.Insert(_cards ??= [], card);
    }

    /// <summary>Adds what the record adds to the cube.</summary>
    /// <param name="born">The first event of the record.</param>
    /// <param name="died">When it was deleted or merged; null while it lives.</param>
    public readonly void Contribute(FoldContext context, RecordKind kind, long born, long? died, ContributionList sum)
    {
        var to = died is { } at ? context.DayOf(at) : int.MaxValue;
        AddLevel(sum, Measures.Records, kind, context.DayOf(born), to);
        if (_cards is not null)
            AddCards(context, kind, to, sum);
        if (_duplicates is not null)
            AddDuplicates(context, kind, to, sum);
    }

    public readonly void Write(StateWriter writer)
    {
        writer.Count(_cards?.Count ?? 0);
        foreach (var card in _cards ?? [])
            card.Write(writer);
        writer.Count(_duplicates?.Count ?? 0);
        foreach (var point in _duplicates ?? [])
        {
            writer.Stamp(point.Time, point.Sequence);
            writer.Text(point.Other);
            writer.Flag(point.IsDetected);
        }
    }

    public static RecordQuality Read(ref StateReader reader)
    {
        var quality = default(RecordQuality);
        for (var cards = reader.Count(); cards > 0; cards--)
            (quality._cards ??= []).Add(CardPoint.Read(ref reader));
        for (var duplicates = reader.Count(); duplicates > 0; duplicates--)
        {
            var (time, sequence) = reader.Stamp();
            (quality._duplicates ??= []).Add(new DuplicatePoint(time, sequence, reader.Text()!, reader.Flag()));
        }
        return quality;
    }

    private readonly void AddCards(FoldContext context, RecordKind kind, int to, ContributionList sum)
    {
        var required = CardPoint.RequiredOf(kind, context.Settings)?.Count;
        var known = new Dictionary<string, bool>(StringComparer.Ordinal);
        for (var i = 0; i < _cards!.Count; i++)
        {
            var card = _cards[i];
            foreach (var (name, isFilled) in card.Fields ?? [])
                known[name] = isFilled;
            var from = context.DayOf(card.Time);
            var until = i + 1 < _cards.Count ? Math.Min(to, context.DayOf(_cards[i + 1].Time)) : to;
            var isCounted = card.Fields is null;
            AddLevel(sum, Measures.FieldsRequired, kind, from, until, isCounted ? card.Required : required ?? known.Count);
            AddLevel(sum, Measures.FieldsFilled, kind, from, until, isCounted ? card.Filled : known.Values.Count(f => f));
        }
    }

    private readonly void AddDuplicates(FoldContext context, RecordKind kind, int to, ContributionList sum)
    {
        var others = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < _duplicates!.Count; i++)
        {
            var point = _duplicates[i];
            if (point.IsDetected)
                others.Add(point.Other);
            else
                others.Remove(point.Other);
            var until = i + 1 < _duplicates.Count ? Math.Min(to, context.DayOf(_duplicates[i + 1].Time)) : to;
            if (others.Count > 0)
                AddLevel(sum, Measures.Duplicates, kind, context.DayOf(point.Time), until);
        }
    }

    // What begins and ends on one day cancels and is left out.
    private static void AddLevel(ContributionList sum, Measure measure, RecordKind kind, int from, int to, long value = 0)
    {
        if (from >= to)
            return;
        sum.Add(measure, from, kind.Dims, 0, 1, value);
        if (to != int.MaxValue)
            sum.Add(measure, to, kind.Dims, 0, -1, -value);
    }

    private readonly record struct DuplicatePoint(long Time, long Sequence, string Other, bool IsDetected) : ITimelinePoint
    {
        public int Rank => 0;
    }
}
