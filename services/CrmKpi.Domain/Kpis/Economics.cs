using CrmKpi.Domain.Cube;
using static CrmKpi.Domain.Cube.Measures;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Kpis;

/// <summary>The KPIs of what the CRM costs and brings.</summary>
internal static class Economics
{
    private static readonly Formula Spent = new Flow(Cost, CellPart.Sum) { Only = Costs.CrmCosts.Only };
    private static readonly Formula Gained = Sum(Benefit);

    public static IReadOnlyList<Kpi> All { get; } =
    [
        Declare("crm_cost", "Затраты на CRM", "CRM cost",
            "Затраты периода на CRM: всё, кроме маркетинга и зарплаты продавцов; делится по категориям.",
            "Costs of the CRM in the period: all but marketing and the salaries of sales; splits by category.",
            KpiUnit.Money, Better.Down, Spent),
        Declare("crm_benefit", "Выгода от CRM", "CRM benefit",
            "Выгода от CRM, внесённая за период; делится по категориям.",
            "Benefits of the CRM recorded for the period; splits by category.",
            KpiUnit.Money, Better.Up, Gained),
        Declare("roi", "Окупаемость CRM (ROI)", "Return on investment",
            "(Внесённая выгода − затраты на CRM) ÷ затраты на CRM за период; о чём-то говорит от 12 месяцев.",
            "(Recorded benefits − costs of the CRM) ÷ costs of the CRM in the period; says something from 12 months on.",
            KpiUnit.Percent, Better.Up, (Gained - Spent) / Spent) with
        {
            Norm = new(0, null),
            // The categories of costs and of benefits are not the same ones.
            NotBy = Dimensions.Category,
            MonthsMin = 12,
        },
        Declare("payback_months", "Срок окупаемости CRM", "Payback time",
            "Первый месяц с запуска CRM (иначе с первых затрат), к концу которого вся выгода не меньше всех затрат.",
            "First month since the launch of the CRM (else its first cost) by whose end all benefits cover all costs.",
            KpiUnit.Months, Better.Down, new Payback()) with
        {
            Norm = new(null, 18),
            NotBy = Dimensions.Category,
        },
    ];

    private static Kpi Declare(
        string id, string ru, string en, string meaningRu, string meaningEn, KpiUnit unit, Better better, Formula formula) =>
        new()
        {
            Id = id,
            Area = KpiArea.Economics,
            Name = new(ru, en),
            Meaning = new(meaningRu, meaningEn),
            Unit = unit,
            Better = better,
            Variants = [new("", formula, Sample.None)],
        };
}
