namespace CrmKpi.Domain.Folding;

/// <summary>
/// An attribute whose last writer by (time, sequence) wins, whatever the order of arrival. The same write twice changes
/// nothing.
/// </summary>
/// <typeparam name="T">The value's type.</typeparam>
internal struct LastWriterWins<T>
{
    /// <summary>The value; only meaningful when <see cref="IsSet"/>.</summary>
    public T Value { get; private set; }

    /// <summary>When it was written, in microseconds since 1970-01-01T00:00Z.</summary>
    public long Time { get; private set; }

    /// <summary>The sequence of the event that wrote it; 0 = never.</summary>
    public long Sequence { get; private set; }

    public readonly bool IsSet => Sequence != 0;

    /// <summary>Writes; false when a later write stands already.</summary>
    public bool Set(T value, long time, long sequence)
    {
        if (Sequence != 0 && (time, sequence).CompareTo((Time, Sequence)) <= 0)
            return false;
        (Value, Time, Sequence) = (value, time, sequence);
        return true;
    }
}

/// <summary>The earliest of some points in time.</summary>
internal struct Earliest
{
    private long _time;

    /// <summary>Microseconds since 1970-01-01T00:00Z; null when there was none.</summary>
    public long? Time { readonly get => IsSet ? _time : null; private set => _time = value!.Value; }

    public bool IsSet { get; private set; }

    /// <summary>Takes a point in; false when an earlier one, or the same, stands already.</summary>
    public bool Add(long time)
    {
        if (IsSet && time >= _time)
            return false;
        (_time, IsSet) = (time, true);
        return true;
    }

    public void Write(StateWriter writer) => writer.Optional(Time);

    public static Earliest Read(ref StateReader reader)
    {
        var earliest = default(Earliest);
        if (reader.Optional() is { } time)
            earliest.Add(time);
        return earliest;
    }
}
