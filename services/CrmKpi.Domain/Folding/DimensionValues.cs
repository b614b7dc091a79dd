using System.Numerics;
using System.Runtime.CompilerServices;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;

namespace CrmKpi.Domain.Folding;

/// <summary>The dimension values of an entity, each last-writer-wins, sorted by dimension.</summary>
internal struct DimensionValues
{
    private (Dimensions Dimension, LastWriterWins<string> Value)[]? _values;
    private DimensionSet? _set;

    /// <summary>Roughly how many bytes it holds.</summary>
    public readonly int ApproximateBytes => (_values?.Length ?? 0) * 48 + 160;

    /// <summary>The values as a set.</summary>
    public DimensionSet Set
    {
        get
        {
            if (_set is not null)
                return _set;
            var values = default(Buffer);
            foreach (var (dimension, value) in _values ?? [])
                values[BitOperations.TrailingZeroCount((int)dimension)] = value.Value;
            return _set = DimensionSet.FromValues(values);
        }
    }

    /// <summary>One value; null when it is blank.</summary>
    public readonly string? this[Dimensions dimension]
    {
        get
        {
            foreach (var (each, value) in _values ?? [])
                if (each == dimension)
                    return value.Value;
            return null;
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
        var at = 0;
        for (; at < (_values?.Length ?? 0) && _values![at].Dimension <= dimension; at++)
        {
            if (_values[at].Dimension != dimension)
                continue;
            if (!_values[at].Value.Set(value, e.TimeMicros, e.Sequence))
                return false;
            _set = null;
            return true;
        }
        var attribute = default(LastWriterWins<string>);
        attribute.Set(value, e.TimeMicros, e.Sequence);
        Insert(at, (dimension, attribute));
        _set = null;
        return true;
    }

    public readonly void Write(StateWriter writer)
    {
        writer.Count(_values?.Length ?? 0);
        foreach (var (dimension, value) in _values ?? [])
        {
            writer.Byte((byte)BitOperations.TrailingZeroCount((int)dimension));
            writer.Stamp(value.Time, value.Sequence);
            writer.Text(value.Value);
        }
    }

    public static DimensionValues Read(ref StateReader reader)
    {
        var count = reader.Count();
        if (count == 0)
            return default;
        var values = new (Dimensions Dimension, LastWriterWins<string> Value)[count];
        for (var i = 0; i < count; i++)
        {
            values[i].Dimension = (Dimensions)(1 << reader.Byte());
            var (time, sequence) = reader.Stamp();
            values[i].Value.Set(reader.Text(isShared: true)!, time, sequence);
        }
        return new DimensionValues { _values = values };
    }

    [InlineArray(DimensionSet.Count)]
    private struct Buffer
    {
        private string? _first;
    }

    private void Insert(int at, (Dimensions, LastWriterWins<string>) value)
    {
        var longer = new (Dimensions, LastWriterWins<string>)[(_values?.Length ?? 0) + 1];
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
