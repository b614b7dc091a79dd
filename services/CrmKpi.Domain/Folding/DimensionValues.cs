using System.Numerics;
using System.Runtime.CompilerServices;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// The dimension values of an entity, each last-writer-wins, sorted by dimension. Of source, channel and campaign the first
/// value is kept as well.
/// </summary>
internal struct DimensionValues
{
    private Entry[]? _values;
    private DimensionSet? _set;

    /// <summary>Roughly how many bytes it holds.</summary>
    public readonly int ApproximateBytes => (_values?.Length ?? 0) * 72 + 160;

    /// <summary>The values as a set.</summary>
    public DimensionSet Set
    {
        get
        {
            if (_set is not null)
                return _set;
            var values = default(Buffer);
            foreach (var entry in _values ?? [])
                values[BitOperations.TrailingZeroCount((int)entry.Dimension)] = entry.Last.Value;
            return _set = DimensionSet.FromValues(values);
        }
    }

    /// <summary>One value; null when it is blank.</summary>
    public readonly string? this[Dimensions dimension] => Find(dimension)?.Last.Value;

    /// <summary>The first and the last source, channel and campaign.</summary>
    public readonly Origins Origins
    {
        get
        {
            var origins = new Origins(
                TouchOf(Dimensions.Source), TouchOf(Dimensions.Channel), TouchOf(Dimensions.Campaign));
            return origins == Origins.None ? Origins.None : origins;
        }
    }

    /// <summary>Takes in the dimension fields of an event; a blank or absent one says nothing.</summary>
    public bool Apply(in JsonFields fields, Dimensions known, in LogEvent e)
    {
        var changed = false;
        if ((known & Dimensions.Manager) != 0)
            changed |= Write(Dimensions.Manager, fields.SharedText("manager"u8), e);
        if ((known & Dimensions.Pipeline) != 0)
            changed |= Write(Dimensions.Pipeline, fields.SharedText("pipeline"u8), e);
        if ((known & Dimensions.Source) != 0)
            changed |= Write(Dimensions.Source, fields.SharedText("source"u8), e);
        if ((known & Dimensions.Channel) != 0)
            changed |= Write(Dimensions.Channel, fields.SharedText("channel"u8), e);
        if ((known & Dimensions.Campaign) != 0)
            changed |= Write(Dimensions.Campaign, fields.SharedText("campaign"u8), e);
        if ((known & Dimensions.Region) != 0)
            changed |= Write(Dimensions.Region, fields.SharedText("region"u8), e);
        if ((known & Dimensions.Segment) != 0)
            changed |= Write(Dimensions.Segment, fields.SharedText("segment"u8), e);
        if ((known & Dimensions.Product) != 0)
            changed |= Write(Dimensions.Product, fields.SharedText("product"u8), e);
        return changed;
    }

    /// <summary>Writes one value; null says nothing.</summary>
    public bool Write(Dimensions dimension, string? value, in LogEvent e)
    {
        if (value is null)
            return false;
        var told = new Told(value, e.TimeMicros, e.Sequence);
        var at = 0;
        for (; at < (_values?.Length ?? 0) && _values![at].Dimension <= dimension; at++)
        {
            if (_values[at].Dimension != dimension)
                continue;
            if (!_values[at].Take(told))
                return false;
            _set = null;
            return true;
        }
        Insert(at, new Entry { Dimension = dimension, First = told, Last = told });
        _set = null;
        return true;
    }

    public readonly void Write(StateWriter writer)
    {
        writer.Count(_values?.Length ?? 0);
        foreach (var entry in _values ?? [])
        {
            writer.Byte((byte)BitOperations.TrailingZeroCount((int)entry.Dimension));
            Write(writer, entry.Last);
            if (!IsTouch(entry.Dimension))
                continue;
            writer.Flag(entry.First != entry.Last);
            if (entry.First != entry.Last)
                Write(writer, entry.First);
        }
    }

    public static DimensionValues Read(ref StateReader reader)
    {
        var count = reader.Count();
        if (count == 0)
            return default;
        var values = new Entry[count];
        for (var i = 0; i < count; i++)
        {
            var dimension = (Dimensions)(1 << reader.Byte());
            var last = ReadTold(ref reader);
            var first = IsTouch(dimension) && reader.Flag() ? ReadTold(ref reader) : last;
            values[i] = new Entry { Dimension = dimension, First = first, Last = last };
        }
        return new DimensionValues { _values = values };
    }

    private struct Entry
    {
        public Dimensions Dimension;
        public Told First;
        public Told Last;

        public bool Take(in Told told)
        {
            var isFirst = IsTouch(Dimension) && told.IsBefore(First);
            var isLast = Last.IsBefore(told);
            if (isFirst)
                First = told;
            if (isLast)
                Last = told;
            return isFirst || isLast;
        }
    }

    [InlineArray(DimensionSet.Count)]
    private struct Buffer
    {
        private string? _first;
    }

    private static bool IsTouch(Dimensions dimension) => (dimension & Dimensions.Touch) != 0;

    private readonly Touch TouchOf(Dimensions dimension) =>
        Find(dimension) is { } entry ? new Touch(entry.First, entry.Last) : default;

    private readonly Entry? Find(Dimensions dimension)
    {
        foreach (var entry in _values ?? [])
            if (entry.Dimension == dimension)
                return entry;
        return null;
    }

    private static void Write(StateWriter writer, in Told told)
    {
        writer.Stamp(told.Time, told.Sequence);
        writer.Text(told.Value);
    }

    private static Told ReadTold(ref StateReader reader)
    {
        var (time, sequence) = reader.Stamp();
        return new Told(reader.Text(isShared: true)!, time, sequence);
    }

    private void Insert(int at, Entry value)
    {
        var longer = new Entry[(_values?.Length ?? 0) + 1];
        _values?.AsSpan(0, at).CopyTo(longer);
        longer[at] = value;
        _values?.AsSpan(at).CopyTo(longer.AsSpan(at + 1));
        _values = longer;
    }
}

/// <summary>Operations on sets of dimension values.</summary>
internal static class DimensionSets
{
    /// <summary>The first set with its blanks filled from the second.</summary>
    public static DimensionSet FilledFrom(this DimensionSet set, DimensionSet? other)
    {
        if (other is null)
            return set;
        string?[]? values = null;
        for (var i = 0; i < DimensionSet.Count; i++)
        {
            if (set.Values[i] is null && other.Values[i] is { } value)
                (values ??= set.Values.ToArray())[i] = value;
        }
        return values is null ? set : DimensionSet.FromValues(values);
    }
}
