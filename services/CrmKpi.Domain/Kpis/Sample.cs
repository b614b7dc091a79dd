using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis;

/// <summary>What a value was observed on, hence its n and its 95 % interval.</summary>
public enum SampleKind
{
    /// <summary>Not a sample: a count, a sum, or a ratio of unlike things.</summary>
    None,

    /// <summary>The formula is a ratio of a part to its whole: Wilson's interval.</summary>
    Share,

    /// <summary>The formula is a mean: Student's interval.</summary>
    Mean,

    /// <summary>A sample without an interval, such as a quantile.</summary>
    Size,
}

/// <summary>The sample behind a formula.</summary>
/// <param name="N">Number of values (mean and size).</param>
/// <param name="Sum">Σx (mean).</param>
/// <param name="Squares">Σx² (mean).</param>
public sealed record Sample(SampleKind Kind, Formula? N = null, Formula? Sum = null, Formula? Squares = null)
{
    /// <summary>Below this many observations an answer carries a warning.</summary>
    public const int SmallBelow = 30;

    /// <summary>Not a sample.</summary>
    public static Sample None { get; } = new(SampleKind.None);

    /// <summary>A part of a whole.</summary>
    public static Sample Share { get; } = new(SampleKind.Share);

    /// <summary>The values of a measure.</summary>
    public static Sample MeanOf(Measure measure) => new(
        SampleKind.Mean, Formula.Priced(measure), Formula.Sum(measure), new Flow(measure, CellPart.Squares));

    /// <summary>The values of a measure, for a statistic other than the mean.</summary>
    public static Sample SizeOf(Measure measure) => new(SampleKind.Size, Formula.Count(measure));
}
