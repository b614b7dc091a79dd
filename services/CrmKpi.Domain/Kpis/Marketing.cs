using CrmKpi.Domain.Campaigns;
using CrmKpi.Domain.Cube;
using static CrmKpi.Domain.Cube.Measures;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Kpis;

/// <summary>The KPIs of marketing.</summary>
internal static class Marketing
{
    private static readonly Formula Spent = Known(Sum(Cost, Dimensions.Category, AdDay.CostCategory));

    // Where a source tells no deliveries, all that was sent counts as delivered: what was opened is no measure of that.
    private static readonly Formula ToldDeliveries = Count(EmailsDelivered, 1, 1);
    private static readonly Formula Delivered = new Operation(
        Operator.Else, ToldDeliveries / ToldDeliveries * Count(EmailsDelivered), Count(EmailsSent));

    public static IReadOnlyList<Kpi> All { get; } = [.. Return(), .. Advertising(), .. Emails()];

    private static IEnumerable<Kpi> Return() =>
    [
        Declare("romi", "Окупаемость маркетинга (ROMI)", "Return on marketing investment",
            "(Выручка сделок, выигранных за период, − затраты на маркетинг) ÷ затраты; источник сделки — последний известный "
            + "или первый (.first).",
            "(Revenue of the deals won in the period − marketing costs) ÷ costs; a deal counts for its last known source, "
            + "or the first (.first).",
            KpiUnit.Percent, Better.Up, Romi(RevenueLastTouch), Sample.None) with
        {
            Variants =
            [
                new("last", Romi(RevenueLastTouch), Sample.None), new("first", Romi(RevenueFirstTouch), Sample.None),
            ],
        },
        Declare("cost_per_lead", "Стоимость лида (CPL)", "Cost per lead",
            "Затраты на маркетинг за период на один новый лид.", "Marketing costs of the period per lead created in it.",
            KpiUnit.Money, Better.Down, Spent / Count(LeadsCreated), Sample.None),
    ];

    private static IEnumerable<Kpi> Advertising() =>
    [
        Declare("ctr", "Кликабельность рекламы (CTR)", "Click-through rate",
            "Доля показов рекламы, по которым кликнули.", "Share of the impressions of advertisements that were clicked.",
            KpiUnit.Percent, Better.Up, Sum(AdClicks) / Sum(AdImpressions), Sample.Share),
        Declare("cpc", "Стоимость клика (CPC)", "Cost per click",
            "Затраты на рекламу на один клик.", "Cost of advertisements per click.",
            KpiUnit.Money, Better.Down, Sum(AdCost) / Sum(AdClicks), Sample.None),
    ];

    private static IEnumerable<Kpi> Emails() =>
    [
        Declare("email_open_rate", "Открываемость писем", "E-mail open rate",
            "Доля доставленных писем, которые открыли; каждое письмо и получатель — один раз, по дню отправки.",
            "Share of the delivered messages that were opened; each message and recipient once, by the day of sending.",
            KpiUnit.Percent, Better.Up, Count(EmailsOpened) / Delivered, Sample.Share),
        Declare("email_click_rate", "Переходы из писем", "E-mail click rate",
            "Доля доставленных писем, в которых перешли по ссылке.",
            "Share of the delivered messages in which a link was clicked.",
            KpiUnit.Percent, Better.Up, Count(EmailsClicked) / Delivered, Sample.Share),
        Declare("email_click_to_open", "Переходы из открытых писем", "E-mail click-to-open rate",
            "Доля открытых писем, в которых перешли по ссылке.", "Share of the opened messages in which a link was clicked.",
            KpiUnit.Percent, Better.Up, Count(EmailsClicked) / Count(EmailsOpened), Sample.Share),
        Declare("unsubscribe_rate", "Доля отписок", "Unsubscribe rate",
            "Доля доставленных писем, после которых получатель отписался.",
            "Share of the delivered messages after which the recipient unsubscribed.",
            KpiUnit.Percent, Better.Down, Count(EmailsUnsubscribed) / Delivered, Sample.Share),
    ];

    private static Formula Romi(Measure revenue) => (Sum(revenue) - Spent) / Spent;

    private static Kpi Declare(
        string id, string ru, string en, string meaningRu, string meaningEn, KpiUnit unit, Better better, Formula formula,
        Sample sample) => new()
        {
            Id = id,
            Area = KpiArea.Marketing,
            Name = new(ru, en),
            Meaning = new(meaningRu, meaningEn),
            Unit = unit,
            Better = better,
            Variants = [new("", formula, sample)],
        };
}
