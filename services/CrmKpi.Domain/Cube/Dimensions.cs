namespace CrmKpi.Domain.Cube;

/// <summary>The dimensions that facts carry. The numbers are a storage format.</summary>
[Flags]
public enum Dimensions
{
    None = 0,
    Manager = 1 << 0,
    Pipeline = 1 << 1,
    Stage = 1 << 2,
    Source = 1 << 3,
    Channel = 1 << 4,
    Campaign = 1 << 5,
    Region = 1 << 6,
    Segment = 1 << 7,
    Product = 1 << 8,
    Reason = 1 << 9,
    Cause = 1 << 10,
    Category = 1 << 11,

    /// <summary>The currency of amounts that are not in the tenant's own.</summary>
    Currency = 1 << 12,

    /// <summary>Who and where from: on leads, inquiries and customers.</summary>
    Party = Manager | Source | Channel | Campaign | Region | Segment,

    /// <summary>What brought somebody here.</summary>
    Touch = Source | Channel | Campaign,

    /// <summary>On deals.</summary>
    Deal = Party | Pipeline | Product,
}

/// <summary>
/// The dimension values of a fact or a cell: an immutable, compared-by-value set. A dimension without a value is "blank",
/// which is a value of its own and is never merged with one called "unknown".
/// </summary>
public sealed class DimensionSet : IEquatable<DimensionSet>
{
    /// <summary>How many dimensions there are.</summary>
    public const int Count = 13;

    /// <summary>How a blank value is shown.</summary>
    public const string Blank = "(blank)";

    private readonly string?[] _values;
    private readonly int _hash;

    // Sets come again and again: a direct-mapped table of the last ones, in which a newcomer takes its place. Several threads
    // may use it: a slot is one reference to something immutable, and a lost race only costs the sharing.
    private const int SharedSlots = 16_384;
    private static readonly DimensionSet?[] s_shared = new DimensionSet?[SharedSlots];

    /// <summary>The set without any value.</summary>
    public static DimensionSet Empty { get; } = Shared(new string?[Count]);

    private DimensionSet(string?[] values, int hash)
    {
        _values = values;
        _hash = hash;
    }

    private static DimensionSet Shared(ReadOnlySpan<string?> values)
    {
        var hash = 17;
        foreach (var value in values)
            hash = hash * 31 + (value?.GetHashCode(StringComparison.Ordinal) ?? 0);
        ref var slot = ref s_shared[(hash ^ hash >>> 16) & (SharedSlots - 1)];
        return slot is { } held && held._hash == hash && values.SequenceEqual(held._values)
            ? held : slot = new DimensionSet(values.ToArray(), hash);
    }

    [System.Runtime.CompilerServices.InlineArray(Count)]
    private struct Buffer
    {
        private string? _first;
    }

    /// <summary>The value of one dimension, or null when blank.</summary>
    public string? this[Dimensions dimension] => _values[IndexOf(dimension)];

    /// <summary>Builds a set from (dimension, value) pairs; empty strings are blank.</summary>
    public static DimensionSet Of(params ReadOnlySpan<(Dimensions Dimension, string? Value)> values)
    {
        var buffer = default(Buffer);
        foreach (var (dimension, value) in values)
            buffer[IndexOf(dimension)] = string.IsNullOrEmpty(value) ? null : value;
        return Shared(buffer);
    }

    /// <summary>This set with one value more, or another.</summary>
    public DimensionSet With(Dimensions dimension, string? value)
    {
        var buffer = default(Buffer);
        _values.CopyTo(buffer);
        buffer[IndexOf(dimension)] = string.IsNullOrEmpty(value) ? null : value;
        return Shared(buffer);
    }

    /// <summary>This set with every value outside <paramref name="keep"/> blank.</summary>
    public DimensionSet Only(Dimensions keep)
    {
        var drops = false;
        for (var i = 0; i < Count; i++)
            drops |= _values[i] is not null && ((int)keep >> i & 1) == 0;
        if (!drops)
            return this;
        var buffer = default(Buffer);
        for (var i = 0; i < Count; i++)
            buffer[i] = ((int)keep >> i & 1) == 1 ? _values[i] : null;
        return Shared(buffer);
    }

    /// <summary>The names of the API, in the order of the storage format.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "manager", "pipeline", "stage", "source", "channel", "campaign", "region", "segment", "product", "reason",
        "cause", "category", "currency",
    ];

    /// <summary>The name of one dimension in the API.</summary>
    public static string NameOf(Dimensions dimension) => Names[IndexOf(dimension)];

    /// <summary>The dimension of an API name, or null.</summary>
    public static Dimensions? Parse(string name)
    {
        for (var i = 0; i < Count; i++)
            if (Names[i] == name)
                return (Dimensions)(1 << i);
        return null;
    }

    /// <summary>The raw values by dimension number: what the dictionary table stores.</summary>
    public ReadOnlySpan<string?> Values => _values;

    /// <summary>Rebuilds a set from the dictionary table.</summary>
    public static DimensionSet FromValues(ReadOnlySpan<string?> values)
    {
        var buffer = default(Buffer);
        values[..Math.Min(values.Length, Count)].CopyTo(buffer);
        return Shared(buffer);
    }

    /// <inheritdoc/>
    public bool Equals(DimensionSet? other) =>
        other is not null && _hash == other._hash && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DimensionSet);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(", ", Names.Zip(_values).Where(p => p.Second is not null).Select(p => $"{p.First}={p.Second}"));

    private static int IndexOf(Dimensions dimension) => System.Numerics.BitOperations.TrailingZeroCount((int)dimension);
}
