namespace CrmKpi.Benchmarks;

/// <summary>One measured figure beside the reference that was measured in the same run.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Figure">Its unit, for example <c>events/s</c>.</param>
/// <param name="Value">The median over the rounds.</param>
/// <param name="Reference">What it is compared with.</param>
/// <param name="ReferenceValue">The reference's median, in the same unit; 0 when there is none.</param>
public sealed record BenchmarkRow(string Name, string Figure, double Value, string Reference, double ReferenceValue)
{
    /// <summary>The figure as a share of its reference.</summary>
    public double Ratio => Value / ReferenceValue;

    /// <summary>A row of the medians over the rounds.</summary>
    public static BenchmarkRow OfMedians(
        string name, string figure, IReadOnlyCollection<double> values, string reference,
        IReadOnlyCollection<double> references) =>
        new(name, figure, Median(values), reference, references.Count == 0 ? 0 : Median(references));

    private static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
