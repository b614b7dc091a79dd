using System.Globalization;

namespace CrmKpi.Domain.Kpis;

/// <summary>One number that can be asked for: a KPI, or one statistic or window of it.</summary>
/// <param name="Id">As asked for: <c>sales_cycle.median</c>, <c>lead_conversion.within30</c>.</param>
/// <param name="Statistic">The variant's name, null when the KPI has only one.</param>
/// <param name="WindowDays">The window, if one was asked for.</param>
public sealed record KpiOutput(
    Kpi Kpi, string Id, string? Statistic, int? WindowDays, Formula Formula, Sample Sample)
{
    /// <summary>Everything that is read to answer it, its sample included.</summary>
    public IEnumerable<Formula> Formulas =>
        new[] { Formula, Sample.N, Sample.Sum, Sample.Squares }.OfType<Formula>();

    /// <summary>The same without what a query gave.</summary>
    public KpiOutput AsMeasured =>
        Formula.Inputs.Any(i => i.Given is not null) ? this with { Formula = Formula.WithInputs(_ => null) } : this;
}

/// <summary>All KPIs.</summary>
public static class Catalogue
{
    /// <summary>The longest window of <c>.within{n}</c>, in days.</summary>
    public const int WindowDaysMax = 3_660;

    /// <summary>In the order of the documentation.</summary>
    public static IReadOnlyList<Kpi> All { get; } =
    [
        .. Sales.All, .. Customers.All, .. Marketing.All, .. People.All, .. DataQuality.All, .. Automation.All, .. Economics.All,
    ];

    private static readonly Dictionary<string, Kpi> ById = All.ToDictionary(k => k.Id, StringComparer.Ordinal);

    private static readonly Dictionary<string, KpiOutput> Outputs = All
        .SelectMany(k => k.Variants.Select(v => Output(k, v)))
        .Concat(All.Select(k => Output(k, k.Variants[0]) with { Id = k.Id }))
        .DistinctBy(o => o.Id)
        .ToDictionary(o => o.Id, StringComparer.Ordinal);

    /// <summary>The KPI with this id, or null.</summary>
    public static Kpi? Find(string id) => ById.GetValueOrDefault(id);

    /// <summary>What an id of a query stands for: <c>kpi</c>, <c>kpi.statistic</c> or <c>kpi.within{days}</c>; null if none.</summary>
    public static KpiOutput? Resolve(string id)
    {
        if (Outputs.TryGetValue(id, out var output))
            return output;
        var dot = id.IndexOf(".within", StringComparison.Ordinal);
        if (dot < 0 || Find(id[..dot]) is not { Window: { } measure } kpi
            || !int.TryParse(id.AsSpan(dot + 7), NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            || days > WindowDaysMax)
            return null;
        var formula = kpi.Variants[0].Formula.Restrict(measure, BucketRange.UpTo(days));
        return new KpiOutput(
            kpi, string.Create(CultureInfo.InvariantCulture, $"{kpi.Id}.within{days}"), null, days, formula,
            kpi.Variants[0].Sample);
    }

    /// <summary>The ids that <see cref="Resolve"/> knows for a KPI, with <c>{n}</c> for a number of days.</summary>
    public static IEnumerable<string> IdsOf(Kpi kpi)
    {
        yield return kpi.Id;
        foreach (var variant in kpi.Variants.Where(v => v.Statistic.Length > 0))
            yield return $"{kpi.Id}.{variant.Statistic}";
        if (kpi.Window is not null)
            yield return $"{kpi.Id}.within{{n}}";
    }

    private static KpiOutput Output(Kpi kpi, KpiVariant variant) => variant.Statistic.Length == 0
        ? new KpiOutput(kpi, kpi.Id, null, null, variant.Formula, variant.Sample)
        : new KpiOutput(kpi, $"{kpi.Id}.{variant.Statistic}", variant.Statistic, null, variant.Formula, variant.Sample);
}
