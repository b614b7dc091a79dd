using System.Globalization;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis;

/// <summary>Which part of a cell is read.</summary>
public enum CellPart { Count, Sum, Squares }

/// <summary>At which border of the period a level is read.</summary>
public enum Edge { Start, End }

/// <summary>How day pairs are read, see <see cref="MeasureKind.DayPairs"/>.</summary>
public enum PairReading { Both, Within }

/// <summary>A set of dimension values that the tenant's settings name.</summary>
public enum ValueSet
{
    All,

    /// <summary>The cost categories that enter customer acquisition cost.</summary>
    CacCategories,
}

/// <summary>Some values of a dimension; compared by value.</summary>
public sealed class Restriction(Dimensions dimension, ReadOnlySpan<string> values) : IEquatable<Restriction>
{
    private readonly string[] _values = [.. new SortedSet<string>(values.ToArray(), StringComparer.Ordinal)];

    public Dimensions Dimension { get; } = dimension;

    /// <summary>Sorted, each once.</summary>
    public IReadOnlyList<string> Values => _values;

    /// <summary>Whether a dimension set has one of the values.</summary>
    public bool Holds(DimensionSet set) =>
        set[Dimension] is { } value && Array.BinarySearch(_values, value, StringComparer.Ordinal) >= 0;

    /// <inheritdoc/>
    public bool Equals(Restriction? other) =>
        other is not null && Dimension == other.Dimension && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Restriction);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Dimension, _values.Length, _values.FirstOrDefault());

    /// <inheritdoc/>
    public override string ToString() => $"{DimensionSet.NameOf(Dimension)} = {string.Join(", ", _values.Select(Quoted))}";

    private static string Quoted(string value) =>
        value.Length > 0 && !char.IsAsciiDigit(value[0]) && value.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? value
            : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>Buckets from <paramref name="From"/> to <paramref name="To"/>, both included.</summary>
public readonly record struct BucketRange(int From, int To)
{
    public static readonly BucketRange All = new(int.MinValue, int.MaxValue);

    public static BucketRange UpTo(int last) => new(int.MinValue, last);
}

/// <summary>
/// A KPI's formula over measures of the cube: an immutable tree, data and not code. A value is a decimal or null ("no data");
/// null goes through every operation, and a ratio with denominator 0 is null. Counts are in pieces, money in units of the
/// tenant's currency, scores in points, durations in the time unit of the KPI.
/// </summary>
public abstract record Formula
{
    private protected Formula()
    {
    }

    public static Formula operator +(Formula a, Formula b) => new Operation(Operator.Plus, a, b);
    public static Formula operator -(Formula a, Formula b) => new Operation(Operator.Minus, a, b);
    public static Formula operator *(Formula a, Formula b) => new Operation(Operator.Times, a, b);
    public static Formula operator /(Formula a, Formula b) => new Operation(Operator.Over, a, b);

    /// <summary>Number of contributions in the period.</summary>
    public static Formula Count(Measure measure) => new Flow(measure, CellPart.Count);

    /// <summary>Number of contributions in the period whose bucket lies in a range.</summary>
    public static Formula Count(Measure measure, int fromBucket, int toBucket) =>
        new Flow(measure, CellPart.Count) { Buckets = new BucketRange(fromBucket, toBucket) };

    /// <summary>Σ of the period.</summary>
    public static Formula Sum(Measure measure) => new Flow(measure, CellPart.Sum);

    /// <summary>Σ ÷ count of the period; of amounts only those count that have a rate.</summary>
    public static Formula Mean(Measure measure) => Sum(measure) / Priced(measure);

    /// <summary>Number of contributions in the period; of amounts in another currency only those that have a rate.</summary>
    public static Formula Priced(Measure measure) =>
        new Flow(measure, CellPart.Count) { PricedOnly = measure.Unit == MeasureUnit.MoneyMicros };

    /// <summary>Number of contributions in the period that have one of some values of a dimension.</summary>
    public static Formula Count(Measure measure, Dimensions dimension, params ReadOnlySpan<string> values) =>
        new Flow(measure, CellPart.Count) { Only = new Restriction(dimension, values) };

    /// <summary>Σ of the period over what has one of some values of a dimension.</summary>
    public static Formula Sum(Measure measure, Dimensions dimension, params ReadOnlySpan<string> values) =>
        new Flow(measure, CellPart.Sum) { Only = new Restriction(dimension, values) };

    /// <summary>The level of a stock at the start or the end of the period.</summary>
    public static Formula At(Edge edge, Measure measure, CellPart part = CellPart.Count) => new Level(measure, edge, part);

    /// <summary>The same, but null, not 0, when nothing of it is recorded in the period.</summary>
    public static Formula Known(Formula flow) => ((Flow)flow) with { NullWithoutCells = true };

    /// <summary>The greater of two.</summary>
    public static Formula Max(Formula a, Formula b) => new Operation(Operator.Max, a, b);

    /// <summary>The smaller of two.</summary>
    public static Formula Min(Formula a, Formula b) => new Operation(Operator.Min, a, b);

    /// <summary>A constant.</summary>
    public static Formula Of(decimal value) => new Constant(value);

    /// <summary>The leaves of the tree, each once.</summary>
    public IEnumerable<Reading> Readings => Leaves().Distinct();

    /// <summary>The measures that it reads.</summary>
    public IEnumerable<Measure> Measures => Readings.SelectMany(r => r.Read).Distinct();

    /// <summary>The dimensions that all of its measures carry.</summary>
    public Dimensions Dimensions => Measures.Aggregate((Dimensions)~0, (dims, measure) => dims & measure.Dimensions);

    /// <summary>The same formula with the flow of one measure restricted to a range of buckets.</summary>
    public virtual Formula Restrict(Measure measure, BucketRange buckets) => this;

    /// <summary>The inputs of the tree, each once.</summary>
    public virtual IEnumerable<Input> Inputs => [];

    /// <summary>The same formula with its inputs given, or not given where null is said.</summary>
    public virtual Formula WithInputs(Func<Input, decimal?> given) => this;

    private protected abstract IEnumerable<Reading> Leaves();
}

/// <summary>A number.</summary>
public sealed record Constant(decimal Value) : Formula
{
    private protected override IEnumerable<Reading> Leaves() => [];

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What an <see cref="Operation"/> does.</summary>
public enum Operator
{
    Plus,
    Minus,
    Times,

    /// <summary>Null when the denominator is 0.</summary>
    Over,

    /// <summary>The second when the first is null.</summary>
    Else,

    /// <summary>The greater of the two.</summary>
    Max,

    /// <summary>The smaller of the two.</summary>
    Min,
}

/// <summary>Two formulas joined.</summary>
public sealed record Operation(Operator Operator, Formula Left, Formula Right) : Formula
{
    /// <inheritdoc/>
    public override Formula Restrict(Measure measure, BucketRange buckets) =>
        this with { Left = Left.Restrict(measure, buckets), Right = Right.Restrict(measure, buckets) };

    /// <inheritdoc/>
    public override IEnumerable<Input> Inputs => Left.Inputs.Concat(Right.Inputs).DistinctBy(i => i.Name);

    /// <inheritdoc/>
    public override Formula WithInputs(Func<Input, decimal?> given) =>
        this with { Left = Left.WithInputs(given), Right = Right.WithInputs(given) };

    private protected override IEnumerable<Reading> Leaves() => Left.Readings.Concat(Right.Readings);

    /// <inheritdoc/>
    public override string ToString()
    {
        if (IsFunction(Operator))
            return $"{(Operator == Operator.Max ? "max" : "min")}({Left}, {Right})";
        var sign = Operator switch
        {
            Operator.Plus => "+",
            Operator.Minus => "−",
            Operator.Times => "×",
            Operator.Over => "÷",
            _ => "else",
        };
        return $"{Bracketed(Left, right: false)} {sign} {Bracketed(Right, right: true)}";
    }

    private string Bracketed(Formula operand, bool right)
    {
        if (operand is Input input)
            return Bracketed(input.Default, right);
        if (operand is not Operation inner || IsFunction(inner.Operator))
            return operand.ToString();
        var (mine, its) = (Binding(Operator), Binding(inner.Operator));
        return its < mine || (its == mine && right) ? $"({inner})" : inner.ToString();
    }

    /// <summary>Whether an operator is written as a function.</summary>
    internal static bool IsFunction(Operator sign) => sign is Operator.Max or Operator.Min;

    /// <summary>How strongly an operator binds; equal ones bind from left to right.</summary>
    internal static int Binding(Operator sign) => sign switch
    {
        Operator.Else => 0,
        Operator.Plus or Operator.Minus => 1,
        _ => 2,
    };
}
