using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis;

/// <summary>A text in the product's two languages.</summary>
public sealed record Text(string Ru, string En)
{
    /// <summary>The text in one language.</summary>
    public string In(Language language) => language == Language.Ru ? Ru : En;
}

/// <summary>The languages of names and messages.</summary>
public enum Language { En, Ru }

/// <summary>Which way is better.</summary>
public enum Better { Up, Down }

/// <summary>The part of the catalogue.</summary>
public enum KpiArea
{
    Sales,
    Customers,
    Marketing,
    People,
    DataQuality,
    Automation,
    Economics,

    /// <summary>Defined by an agency or a tenant.</summary>
    Own,
}

/// <summary>The range that is usual, in the unit of the KPI; null = open.</summary>
public sealed record Norm(decimal? Low, decimal? High);

/// <summary>One statistic of a KPI, for example its mean or its median.</summary>
/// <param name="Statistic">Its name behind the dot (<c>sales_cycle.median</c>); empty when the KPI has only one.</param>
public sealed record KpiVariant(string Statistic, Formula Formula, Sample Sample)
{
    /// <summary>Mean, median and 90th percentile of a distribution.</summary>
    public static IReadOnlyList<KpiVariant> OfDuration(Measure measure) =>
    [
        new("mean", Formula.Mean(measure), Sample.MeanOf(measure)),
        new("median", new Quantile(measure, 0.5), Sample.SizeOf(measure)),
        new("p90", new Quantile(measure, 0.9), Sample.SizeOf(measure)),
    ];
}

/// <summary>
/// One KPI: a declaration that is evaluated, described by <c>GET /v1/kpis</c> and documented from the same data.
/// </summary>
public sealed record Kpi
{
    public required string Id { get; init; }
    public required KpiArea Area { get; init; }
    public required Text Name { get; init; }

    /// <summary>One line: what the number says.</summary>
    public required Text Meaning { get; init; }
    public required KpiUnit Unit { get; init; }
    public required Better Better { get; init; }

    /// <summary>Where the definition comes from.</summary>
    public string Source { get; init; } = "CrmKpi catalogue";
    public Norm? Norm { get; init; }

    /// <summary>The statistics; the first is the default.</summary>
    public required IReadOnlyList<KpiVariant> Variants { get; init; }

    /// <summary>The dimension it is split by when the query does not say.</summary>
    public Dimensions DefaultSplit { get; init; }

    /// <summary>
    /// The measure whose bucket is a number of days: then <c>{id}.within{n}</c> counts only what happened within n days.
    /// </summary>
    public Measure? Window { get; init; }

    /// <summary>A dimension of its measures by which it makes no sense to split it.</summary>
    public Dimensions NotBy { get; init; }

    /// <summary>The least months of a period of which it says something; a shorter one is warned of.</summary>
    public int MonthsMin { get; init; }

    /// <summary>What the value is when there is nothing to count.</summary>
    public Text ZeroRule => Variants[0].Formula is Payback
        ? new("Нет данных (null), пока затраты не окупились.", "No data (null) while the costs are not covered.")
        : Variants[0].Formula is Operation
        ? new("Нет данных (null), если знаменатель равен 0; никогда не 0.",
            "No data (null) when the denominator is 0; never 0.")
        : new("0, если ничего не произошло.", "0 when nothing happened.");

    /// <summary>
    /// The dimensions that all of its measures carry, <see cref="NotBy"/> left out: what it can be split and filtered by.
    /// </summary>
    public Dimensions Dimensions => Variants.Aggregate(~NotBy, (d, v) => d & v.Formula.Dimensions);

    /// <summary>The measures that it reads.</summary>
    public IEnumerable<Measure> Measures => Variants.SelectMany(v => v.Formula.Measures).Distinct();
}
