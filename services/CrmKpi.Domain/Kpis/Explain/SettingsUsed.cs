using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Explain;

/// <summary>Which of the tenant's settings a formula's value depends on, by the names of the API.</summary>
internal static class SettingsUsed
{
    private static readonly (string Setting, Measure[] Measures)[] ByMeasure =
    [
        ("inactivityDays",
        [
            Measures.CustomersActive, Measures.CustomersKept, Measures.CustomersActiveKnown, Measures.CustomersReturned,
        ]),
        ("purchaseSource",
        [
            Measures.Purchases, Measures.PurchasesRepeat, Measures.PurchaseMargin, Measures.PurchaseMarginBase,
            Measures.CustomersNew, Measures.CustomersActive, Measures.CustomersKept, Measures.CustomersActiveKnown,
            Measures.CustomersReturned, Measures.CustomersBuying, Measures.CustomersBuyingTwice, Measures.CustomerLifespan,
            Measures.CohortBuyers,
        ]),
        ("stuckDays", [Measures.DealsStuck]),
        ("pipelines",
        [
            Measures.DealsWon, Measures.DealsLost, Measures.DealsOpen, Measures.DealsOpenWeighted, Measures.DealsStuck,
            Measures.StageEntered, Measures.StageAdvanced, Measures.StageTime, Measures.SalesCycle, Measures.LeadProcessingTime,
            Measures.DealsOpened, Measures.DealsSlipped, Measures.DealsWonBypassed,
        ]),
        ("calendar", [Measures.ResponseTimeWorking, Measures.UserDaysActive]),
        ("bypassActivities", [Measures.DealsWonBypassed]),
        ("requiredFields", [Measures.FieldsRequired, Measures.FieldsFilled]),
    ];

    public static IReadOnlyList<string> By(Formula formula)
    {
        var measures = formula.Measures.ToHashSet();
        var names = new List<string> { "timeZone" };
        if (measures.Any(m => m.Unit == MeasureUnit.MoneyMicros))
            names.Add("currency");
        names.AddRange(ByMeasure.Where(s => s.Measures.Any(measures.Contains)).Select(s => s.Setting));
        if (formula.Readings.Any(r => r is Flow { Categories: ValueSet.CacCategories }))
            names.Add("cacCategories");
        if (formula.Readings.Any(r => r is Payback))
            names.Add("crmLaunched");
        if (formula.Readings.Any(r => r is WorkingExposure) && !names.Contains("calendar"))
            names.Add("calendar");
        return names;
    }
}
