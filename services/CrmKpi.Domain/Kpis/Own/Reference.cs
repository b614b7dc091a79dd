namespace CrmKpi.Domain.Kpis.Own;

/// <summary>
/// The formula of another KPI by its id. It stands in formulas that were only read; <see cref="KpiSet"/> puts the
/// formula in its
/// place before anything is computed.
/// </summary>
public sealed record Reference(string Id) : Formula
{
    private protected override IEnumerable<Reading> Leaves() => [];

    /// <inheritdoc/>
    public override string ToString() => $"kpi({Id})";
}
