using System.Globalization;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis;

/// <summary>A leaf of a formula: one number read from the cube for a period P = [S, E) and a group.</summary>
public abstract record Reading : Formula
{
    private protected Reading()
    {
    }

    /// <summary>The measures that are read.</summary>
    public abstract IReadOnlyList<Measure> Read { get; }

    private protected sealed override IEnumerable<Reading> Leaves() => [this];

    private protected static string Named(Measure measure, CellPart part) => part switch
    {
        CellPart.Count => measure.Name,
        CellPart.Sum => $"sum({measure.Name})",
        _ => $"squares({measure.Name})",
    };
}

/// <summary>Σ over the cells of the days of P.</summary>
public sealed record Flow(Measure Measure, CellPart Part) : Reading
{
    /// <summary>Only the cells of these buckets.</summary>
    public BucketRange Buckets { get; init; } = BucketRange.All;

    /// <summary>Only the cells whose category lies in this set; then null, not 0, when there are no such cells.</summary>
    public ValueSet Categories { get; init; } = ValueSet.All;

    /// <summary>Only the cells with one of these values.</summary>
    public Restriction? Only { get; init; }

    /// <summary>Null, not 0, when there are no such cells.</summary>
    public bool NullWithoutCells { get; init; }

    /// <summary>Of amounts in another currency only those that have a rate.</summary>
    public bool PricedOnly { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Measure];

    /// <inheritdoc/>
    public override Formula Restrict(Measure measure, BucketRange buckets) =>
        measure == Measure ? this with { Buckets = buckets } : this;

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = PricedOnly ? $"priced({Measure.Name})" : Named(Measure, Part);
        if (Only is { } only)
            text += $"[{only}]";
        if (Buckets != BucketRange.All)
            text += string.Create(CultureInfo.InvariantCulture,
                $"[{(Buckets.From == int.MinValue ? "" : Buckets.From)}..{(Buckets.To == int.MaxValue ? "" : Buckets.To)}]");
        if (Categories == ValueSet.CacCategories)
            text += "[category in cacCategories]";
        return NullWithoutCells ? $"known({text})" : text;
    }
}

/// <summary>The level at the start or end of P: Σ over the cells of all days before it.</summary>
public sealed record Level(Measure Measure, Edge Edge, CellPart Part) : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Measure];

    /// <inheritdoc/>
    public override string ToString() => $"{(Edge == Edge.Start ? "start" : "end")}({Named(Measure, Part)})";
}

/// <summary>Σ over the cells of all days before E of a flow.</summary>
public sealed record CumulatedTo(Measure Measure, CellPart Part) : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Measure];

    /// <inheritdoc/>
    public override string ToString() => $"cumulated({Named(Measure, Part)})";
}

/// <summary>
/// Σ over the days d of P of the number of contributions up to and with d: Σ count × (E − max(day, S)) over all cells before E.
/// For <c>customers_new</c> these are the days that customers have been customers in P.
/// </summary>
public sealed record Exposure(Measure Measure) : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Measure];

    /// <inheritdoc/>
    public override string ToString() => $"exposure_days({Measure.Name})";
}

/// <summary>
/// What is still missing to the target of a sum: its target for the calendar unit of the target (a month, a quarter …) in which
/// the day after P lies, less what the unit has reached before it. Null without a target, or when it is reached.
/// </summary>
/// <param name="Kpi">The KPI that the target is for: the sum of <paramref name="Measure"/>.</param>
public sealed record RemainingTarget(string Kpi, Measure Measure) : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Measure];

    /// <inheritdoc/>
    public override string ToString() => $"remaining_target({Kpi})";
}

/// <summary>Number of days of P.</summary>
public sealed record PeriodDays : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [];

    /// <inheritdoc/>
    public override string ToString() => "period_days";
}

/// <summary>
/// Σ over the working days d of P of the level of a stock at the end of d: for <c>users_assigned</c> the user-days on which
/// work could be done. Working days are those of the tenant's calendar; without one, all days.
/// </summary>
public sealed record WorkingExposure(Measure Measure) : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Measure];

    /// <inheritdoc/>
    public override string ToString() => $"working_days({Measure.Name})";
}

/// <summary>A sum over day pairs (x, y): both = Σ 1[x &lt; S]·1[y &lt; E]; within = Σ 1[x &lt; S]·1[S ≤ y &lt; E].</summary>
public sealed record Pairs(Measure Measure, PairReading How) : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Measure];

    /// <inheritdoc/>
    public override string ToString() => $"{(How == PairReading.Both ? "both" : "within")}({Measure.Name})";
}

/// <summary>The q-quantile of a distribution in P; null when it has no values.</summary>
public sealed record Quantile(Measure Measure, double Q) : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Measure];

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"quantile({Measure.Name}, {Q})");
}

/// <summary>How many values other than blank a dimension has in the cells of P in any of some measures.</summary>
public sealed record DistinctValues(Dimensions Dimension, IReadOnlyList<Measure> In) : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => In;

    /// <inheritdoc/>
    public bool Equals(DistinctValues? other) =>
        other is not null && Dimension == other.Dimension && In.SequenceEqual(other.In);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Dimension, In.Count, In.Count == 0 ? null : In[0]);

    /// <inheritdoc/>
    public override string ToString() =>
        $"distinct({DimensionSet.NameOf(Dimension)} in {string.Join(", ", In.Select(m => m.Name))})";
}

/// <summary>
/// The number of the first month, counted from the launch of the CRM (else from its first cost), at whose end all benefits so far
/// cover all costs so far; null when that is not so up to E.
/// </summary>
public sealed record Payback : Reading
{
    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Read => [Cube.Measures.Cost, Cube.Measures.Benefit];

    /// <inheritdoc/>
    public override string ToString() => "payback_months";
}
