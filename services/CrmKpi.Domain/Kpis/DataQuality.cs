using static CrmKpi.Domain.Cube.Measures;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Kpis;

/// <summary>The KPIs of how well leads, deals and customers are kept.</summary>
internal static class DataQuality
{
    private const KpiArea Area = KpiArea.DataQuality;

    // Filling in is daily work of everybody, the other two are found by few: completeness weighs as much as both.
    private const decimal CompletenessWeight = 2;
    private const decimal WeightsTotal = 4;

    private static readonly Formula Completeness =
        At(Edge.End, FieldsFilled, CellPart.Sum) / At(Edge.End, FieldsRequired, CellPart.Sum);

    private static readonly Formula DuplicateShare = At(Edge.End, Duplicates) / At(Edge.End, Records);

    private static readonly Formula DeadShare = Count(LeadsDead) / Count(LeadsCreated);

    public static IReadOnlyList<Kpi> All { get; } =
    [
        Area.Declare("card_completeness", new("Заполненность карточек", "Card completeness"),
            new("Доля заполненных среди обязательных полей лидов, сделок и клиентов, живых на конец периода.",
                "Share of filled fields among the required ones of leads, deals and customers alive at the end of the period."),
            KpiUnit.Percent, Better.Up, Completeness) with
        {
            Norm = new(85, null),
        },
        Area.Declare("duplicate_share", new("Доля дублей", "Duplicate share"),
            new("Доля известных дублей среди лидов, сделок и клиентов, живых на конец периода.",
                "Share of known duplicates among the leads, deals and customers alive at the end of the period."),
            KpiUnit.Percent, Better.Down, DuplicateShare, Sample.Share),
        Area.Declare("dead_lead_share", new("Доля мёртвых лидов", "Dead lead share"),
            new("Доля лидов, созданных за период, которые потеряны как неверный контакт, дубль или спам.",
                "Share of the leads created in the period that were lost as an invalid contact, a duplicate or spam."),
            KpiUnit.Percent, Better.Down, DeadShare, Sample.Share),
        Area.Declare("data_quality_score", new("Оценка качества данных", "Data quality score"),
            new("От 0 до 100: 0,5 × заполненность карточек + 0,25 × (1 − доля дублей) + 0,25 × (1 − доля мёртвых лидов).",
                "0 to 100: 0.5 × card completeness + 0.25 × (1 − duplicate share) + 0.25 × (1 − dead lead share)."),
            KpiUnit.Points, Better.Up,
            Of(1 / WeightsTotal)
                * (Of(CompletenessWeight) * Completeness + (Of(1) - DuplicateShare) + (Of(1) - DeadShare))),
    ];
}
