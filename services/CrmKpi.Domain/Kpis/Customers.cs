using CrmKpi.Domain.Cube;
using static CrmKpi.Domain.Cube.Measures;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Kpis;

/// <summary>
/// The KPIs of customers. In the comments S and E are the start and the end of the period P; a customer is active from a
/// purchase until the inactivity window has passed.
/// </summary>
internal static class Customers
{
    private static readonly Formula AtStart = At(Edge.Start, CustomersActive);
    private static readonly Formula AtEnd = At(Edge.End, CustomersActive);
    private static readonly Formula New = Count(CustomersNew);

    /// <summary>Active at S and at E.</summary>
    private static readonly Formula Kept = new Pairs(CustomersKept, PairReading.Both);

    /// <summary>Active at some time of P: at S, or new in P, or back in P.</summary>
    private static readonly Formula Served = AtStart + New + new Pairs(CustomersReturned, PairReading.Within);

    private static readonly Formula Buying = new Pairs(CustomersBuying, PairReading.Within);
    private static readonly Formula Aov = Mean(Purchases);

    private static readonly Formula Frequency = Count(Purchases) * Of(365) / new Exposure(CustomersNew);

    private static readonly Formula Lifetime =
        new CumulatedTo(CustomerLifespan, CellPart.Sum) / (new CumulatedTo(CustomersNew, CellPart.Count) * Of(365));

    private static readonly Formula MarginShare =
        new Operation(Operator.Else, Sum(PurchaseMargin) / Sum(PurchaseMarginBase), Of(1));

    private static readonly Formula Ltv = Aov * Frequency * Lifetime * MarginShare;

    private static readonly Formula Cac =
        new Flow(Cost, CellPart.Sum) { Categories = ValueSet.CacCategories } / New;

    public static IReadOnlyList<Kpi> All { get; } = [.. Counts(), .. Retention(), .. Value(), .. Repeats(), .. Surveys(), .. Service()];

    private static IEnumerable<Kpi> Counts() =>
    [
        Declare("new_customers", "Новые клиенты", "New customers",
            "Клиенты, впервые купившие за период.", "Customers whose first purchase lies in the period.",
            KpiUnit.Count, Better.Up, New, Sample.None),
        Declare("active_customers", "Активные клиенты", "Active customers",
            "Клиенты, активные на конец периода.", "Customers active at the end of the period.",
            KpiUnit.Count, Better.Up, AtEnd, Sample.None),
        Declare("reactivated_customers", "Вернувшиеся клиенты", "Reactivated customers",
            "Активны на конец периода, не были активны в начале, хотя покупали раньше.",
            "Active at the end of the period, not at its start, though they had bought before.",
            KpiUnit.Count, Better.Up, new Pairs(CustomersActiveKnown, PairReading.Both) - Kept, Sample.None),
        Declare("buying_customers", "Покупавшие клиенты", "Buying customers",
            "Клиенты хотя бы с одной покупкой за период.", "Customers with at least one purchase in the period.",
            KpiUnit.Count, Better.Up, Buying, Sample.None),
    ];

    private static IEnumerable<Kpi> Retention() =>
    [
        Declare("retention_rate", "Удержание клиентов (CRR)", "Customer retention rate",
            "(Активные на конец − новые) ÷ активные на начало периода.",
            "(Active at the end − new) ÷ active at the start of the period.",
            KpiUnit.Percent, Better.Up, (AtEnd - New) / AtStart, Sample.None),
        Declare("retention_strict", "Строгое удержание", "Strict retention",
            "Доля активных на начало периода, которые активны и на его конец.",
            "Share of the customers active at the start of the period who are active at its end too.",
            KpiUnit.Percent, Better.Up, Kept / AtStart, Sample.Share),
        Declare("churn_rate", "Отток клиентов", "Churn rate",
            "Доля активных на начало периода, которые не активны на его конец.",
            "Share of the customers active at the start of the period who are not at its end.",
            KpiUnit.Percent, Better.Down, (AtStart - Kept) / AtStart, Sample.Share),
        Declare("churn_rate_total", "Отток от всех обслуженных", "Churn of all served",
            "Доля клиентов, активных когда-либо за период, которые не активны на его конец.",
            "Share of the customers active at any time of the period who are not at its end.",
            KpiUnit.Percent, Better.Down, (Served - AtEnd) / Served, Sample.Share),
    ];

    private static IEnumerable<Kpi> Value() =>
    [
        Declare("cac", "Стоимость привлечения клиента (CAC)", "Customer acquisition cost",
            "Затраты периода (категории из настроек) на одного нового клиента.",
            "Costs of the period (categories as set) per new customer.",
            KpiUnit.Money, Better.Down, Cac, Sample.None),
        Declare("aov", "Средний чек (AOV)", "Average order value",
            "Средняя сумма покупки за период.", "Mean amount of a purchase in the period.",
            KpiUnit.Money, Better.Up, Aov, Sample.MeanOf(Purchases)),
        // Exposure: each customer counts from the first purchase on, so that a young base does not look lazy.
        Declare("purchase_frequency", "Частота покупок", "Purchase frequency",
            "Покупки на клиента в год: покупки периода × 365 ÷ дни, которые клиенты были клиентами.",
            "Purchases per customer and year: purchases × 365 ÷ the days that customers were customers in the period.",
            KpiUnit.PerYear, Better.Up, Frequency, Sample.None),
        Declare("customer_lifetime", "Срок жизни клиента", "Customer lifetime",
            "Среднее время от первой до последней покупки, по всем клиентам до конца периода.",
            "Mean time from the first to the last purchase, over all customers before the end of the period.",
            KpiUnit.Years, Better.Up, Lifetime, Sample.None),
        Declare("ltv", "Пожизненная ценность клиента (LTV)", "Customer lifetime value",
            "Средний чек × частота покупок × срок жизни (× доля маржи, если она известна).",
            "Average order value × purchase frequency × lifetime (× margin share when known).",
            KpiUnit.Money, Better.Up, Ltv, Sample.None),
        Declare("ltv_to_cac", "LTV к CAC", "LTV to CAC",
            "Во сколько раз ценность клиента больше стоимости его привлечения.",
            "How many times the value of a customer exceeds the cost of winning one.",
            KpiUnit.Ratio, Better.Up, Ltv / Cac, Sample.None) with
        {
            Norm = new(3, null),
        },
    ];

    private static IEnumerable<Kpi> Repeats() =>
    [
        Declare("repeat_sales_share", "Доля повторных продаж", "Repeat sales share",
            "Доля покупок, которые не первые у клиента.", "Share of the purchases that are not the customer's first.",
            KpiUnit.Percent, Better.Up, Count(PurchasesRepeat) / Count(Purchases), Sample.Share),
        Declare("repeat_customer_share", "Доля повторных покупателей", "Repeat customer share",
            "Доля покупавших за период, у кого за период не меньше двух покупок.",
            "Share of the customers buying in the period who bought at least twice in it.",
            KpiUnit.Percent, Better.Up, new Pairs(CustomersBuyingTwice, PairReading.Both) / Buying, Sample.Share),
    ];

    private static IEnumerable<Kpi> Surveys()
    {
        var responses = Count(SurveyNps);
        var promoters = Count(SurveyNps, 9, 10);
        var detractors = Count(SurveyNps, 0, 6);
        return
        [
            Declare("nps", "Индекс лояльности (NPS)", "Net promoter score",
                "Процент оценок 9–10 минус процент оценок 0–6.", "Percent of scores 9–10 minus percent of scores 0–6.",
                KpiUnit.Points, Better.Up, (promoters - detractors) / responses,
                // A response is +1, 0 or −1; its square is 1 or 0.
                new Sample(SampleKind.Mean, responses, promoters - detractors, promoters + detractors)) with
            {
                Source = "F. F. Reichheld, \"The One Number You Need to Grow\", Harvard Business Review, December 2003",
            },
            Declare("csat", "Удовлетворённость (CSAT)", "Customer satisfaction",
                "Доля ответов не ниже 80 % шкалы.", "Share of the responses at 80 % of the scale or more.",
                KpiUnit.Percent, Better.Up, Count(SurveyCsat, 1, 1) / Count(SurveyCsat), Sample.Share) with
            {
                Norm = new(80, null),
            },
            Declare("csi", "Индекс удовлетворённости (CSI)", "Customer satisfaction index",
                "Средняя оценка, приведённая к шкале 5.", "Mean score, scaled to 5.",
                KpiUnit.Score, Better.Up, Mean(SurveyCsi), Sample.MeanOf(SurveyCsi)),
        ];
    }

    private static IEnumerable<Kpi> Service() =>
    [
        Declare("complaints", "Жалобы", "Complaints",
            "Жалобы, открытые за период.", "Complaints opened in the period.",
            KpiUnit.Count, Better.Down, Count(Complaints), Sample.None),
        Duration("ticket_first_response_time", "Время первого ответа поддержки", "Ticket first response time",
            "От открытия тикета до первого ответа; по тикетам, открытым за период, на которые ответили.",
            "From the opening of the ticket to the first answer; answered tickets opened in the period.",
            KpiUnit.Minutes, TicketFirstResponseTime),
        Duration("ticket_resolution_time", "Время решения тикета", "Ticket resolution time",
            "От открытия тикета до его окончательного решения; по тикетам, решённым за период.",
            "From the opening of the ticket until it was resolved for good; tickets resolved in the period.",
            KpiUnit.Days, TicketResolutionTime),
        Declare("ticket_reopen_rate", "Доля переоткрытых тикетов", "Ticket reopen rate",
            "Доля тикетов, впервые решённых за период, которые потом открыли снова.",
            "Share of the tickets first resolved in the period that were opened again later.",
            KpiUnit.Percent, Better.Down, Count(TicketsReopened) / Count(TicketsResolved), Sample.Share),
    ];

    private static Kpi Duration(
        string id, string ru, string en, string meaningRu, string meaningEn, KpiUnit unit, Measure measure) =>
        Declare(id, ru, en, meaningRu, meaningEn, unit, Better.Down, Mean(measure), Sample.None) with
        {
            Variants = KpiVariant.OfDuration(measure),
        };

    private static Kpi Declare(
        string id, string ru, string en, string meaningRu, string meaningEn, KpiUnit unit, Better better, Formula formula,
        Sample sample) => new()
        {
            Id = id,
            Area = KpiArea.Customers,
            Name = new(ru, en),
            Meaning = new(meaningRu, meaningEn),
            Unit = unit,
            Better = better,
            Variants = [new("", formula, sample)],
        };
}
