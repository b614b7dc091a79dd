using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Folding;

/// <summary>A value with the event that told it.</summary>
internal readonly record struct Told(string Value, long Time, long Sequence)
{
    /// <summary>Whether it was told before another.</summary>
    public bool IsBefore(in Told other) => (Time, Sequence).CompareTo((other.Time, other.Sequence)) < 0;
}

/// <summary>The first and the last value told of a dimension; null when none was.</summary>
internal readonly record struct Touch(Told? First, Told? Last)
{
    /// <summary>The first and the last of two.</summary>
    public Touch And(in Touch other) => new(
        First is { } first && !(other.First is { } sooner && sooner.IsBefore(first)) ? first : other.First,
        Last is { } last && !(other.Last is { } later && last.IsBefore(later)) ? last : other.Last);

    public void Write(StateWriter writer)
    {
        Write(writer, First);
        Write(writer, Last);
    }

    public static Touch Read(ref StateReader reader) => new(ReadOne(ref reader), ReadOne(ref reader));

    private static void Write(StateWriter writer, Told? told)
    {
        writer.Flag(told.HasValue);
        if (told is not { } value)
            return;
        writer.Stamp(value.Time, value.Sequence);
        writer.Text(value.Value);
    }

    private static Told? ReadOne(ref StateReader reader)
    {
        if (!reader.Flag())
            return null;
        var (time, sequence) = reader.Stamp();
        return new Told(reader.Text(isShared: true)!, time, sequence);
    }
}

/// <summary>What brought somebody here, as it was first and as it was last known.</summary>
internal sealed record Origins(Touch Source, Touch Channel, Touch Campaign)
{
    /// <summary>Nothing is known.</summary>
    public static Origins None { get; } = new(default, default, default);

    /// <summary>The first known values.</summary>
    public DimensionSet First => DimensionSet.Of((Dimensions.Source, Source.First?.Value),
        (Dimensions.Channel, Channel.First?.Value), (Dimensions.Campaign, Campaign.First?.Value));

    /// <summary>The last known values.</summary>
    public DimensionSet Last => DimensionSet.Of((Dimensions.Source, Source.Last?.Value),
        (Dimensions.Channel, Channel.Last?.Value), (Dimensions.Campaign, Campaign.Last?.Value));

    /// <summary>The touches of two entities together.</summary>
    public Origins And(Origins? other) => other is null ? this
        : new(Source.And(other.Source), Channel.And(other.Channel), Campaign.And(other.Campaign));

    public void Write(StateWriter writer)
    {
        Source.Write(writer);
        Channel.Write(writer);
        Campaign.Write(writer);
    }

    public static Origins Read(ref StateReader reader) =>
        new(Touch.Read(ref reader), Touch.Read(ref reader), Touch.Read(ref reader));
}
