using System.Collections;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>What each input of a formula was for one value, in the order of the inputs; compared by value.</summary>
public sealed class InputValues(IEnumerable<decimal?> values) : IReadOnlyList<decimal?>, IEquatable<InputValues>
{
    private readonly decimal?[] _values = [.. values];

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public decimal? this[int index] => _values[index];

    /// <inheritdoc/>
    public bool Equals(InputValues? other) => other is not null && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as InputValues);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, _values.FirstOrDefault());

    /// <inheritdoc/>
    public IEnumerator<decimal?> GetEnumerator() => ((IEnumerable<decimal?>)_values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
