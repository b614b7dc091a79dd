namespace CrmKpi.Domain.Kpis.Roi;

/// <summary>A benefit that follows from how a KPI changed between the baseline and the period.</summary>
/// <param name="Id">Stable.</param>
/// <param name="Category">The category under which such a benefit would be recorded.</param>
/// <param name="Name">What it is.</param>
/// <param name="Formula">How it is computed from the inputs.</param>
/// <param name="Value">In units of the tenant's currency, negative when things got worse; null when an input is missing.</param>
public sealed record Derivation(
    string Id, string Category, Text Name, string Formula, IReadOnlyList<RoiInput> Inputs, decimal? Value)
{
    private const decimal Hundred = 100;

    /// <summary>
    /// All derived benefits. The first two together are what revenue gained: leads × conversion × average deal now, less the
    /// same leads at the conversion and the average deal of the baseline.
    /// </summary>
    internal static IReadOnlyList<Derivation> All(RoiInputs inputs) =>
    [
        Of(inputs, "conversion_gain", "extra_sales", new("Рост конверсии", "Conversion gained"),
            "leads × (conversion − conversionBaseline) × averageDealBaseline × marginShare",
            ["leads", "conversion", "conversionBaseline", "averageDealBaseline", "marginShare"],
            v => v[0] * (v[1] - v[2]) / Hundred * v[3] * v[4] / Hundred),
        Of(inputs, "average_deal_gain", "extra_sales", new("Рост среднего чека сделки", "Average deal gained"),
            "deals × (averageDeal − averageDealBaseline) × marginShare",
            ["deals", "averageDeal", "averageDealBaseline", "marginShare"],
            v => v[0] * (v[1] - v[2]) * v[3] / Hundred),
        Of(inputs, "time_saved", "time_saved", new("Сэкономленное время", "Time saved"),
            "hoursSaved × hourlyCost", ["hoursSaved", "hourlyCost"], v => v[0] * v[1]),
        Of(inputs, "cac_saved", "marketing_saved", new("Дешевле привлечение клиентов", "Cheaper acquisition"),
            "newCustomers × (cacBaseline − cac)", ["newCustomers", "cacBaseline", "cac"], v => v[0] * (v[1] - v[2])),
        Of(inputs, "churn_avoided", "churn_avoided", new("Предотвращённый отток", "Churn avoided"),
            "customers × (churnBaseline − churn) × ltv", ["customers", "churnBaseline", "churn", "ltv"],
            v => v[0] * (v[1] - v[2]) / Hundred * v[3]),
    ];

    private static Derivation Of(
        RoiInputs inputs, string id, string category, Text name, string formula, string[] names, Func<decimal[], decimal> value)
    {
        RoiInput[] read = [.. names.Select(n => inputs[n])];
        decimal? result = read.Any(r => r.Value is null) ? null : value([.. read.Select(r => r.Value!.Value)]);
        return new Derivation(id, category, name, formula, read, result);
    }
}
