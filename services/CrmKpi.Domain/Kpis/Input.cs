using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis;

/// <summary>Where the value of an input comes from.</summary>
public enum ValueOrigin
{
    /// <summary>Read from the cube, for each group and part of the period.</summary>
    Measured,

    /// <summary>A constant that holds unless another is given.</summary>
    Assumed,

    /// <summary>Given with the query: the same for all groups, all parts and what they are compared with.</summary>
    Given,
}

/// <summary>
/// A named part of a formula that a query may give; without that it is what <paramref name="Default"/> says.
/// </summary>
/// <param name="Unit">The unit in which it is given and shown: shares in percent.</param>
public sealed record Input(string Name, Text Meaning, KpiUnit Unit, Formula Default) : Formula
{
    private const decimal PercentMax = 100;
    private const decimal CountMax = 1_000_000_000;

    /// <summary>The value given, in <see cref="Unit"/>; null = none.</summary>
    public decimal? Given { get; init; }

    /// <summary>Where its value comes from.</summary>
    public ValueOrigin Origin => Given is not null ? ValueOrigin.Given
        : Default.Readings.Any() ? ValueOrigin.Measured : ValueOrigin.Assumed;

    /// <summary>The least and the greatest value that may be given; then no product of them is too great.</summary>
    public (decimal Min, decimal Max) Range => (0, Unit switch
    {
        KpiUnit.Percent => PercentMax,
        KpiUnit.Money => Money.UnitsMax,
        _ => CountMax,
    });

    /// <inheritdoc/>
    public override IEnumerable<Input> Inputs => [this];

    /// <inheritdoc/>
    public override Formula WithInputs(Func<Input, decimal?> given) => this with { Given = given(this) };

    /// <inheritdoc/>
    public override Formula Restrict(Measure measure, BucketRange buckets) =>
        this with { Default = Default.Restrict(measure, buckets) };

    private protected override IEnumerable<Reading> Leaves() => Given is null ? Default.Readings : [];

    /// <inheritdoc/>
    public override string ToString() => Default.ToString();
}
