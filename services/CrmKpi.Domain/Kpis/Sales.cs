using CrmKpi.Domain.Cube;
using static CrmKpi.Domain.Cube.Measures;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Kpis;

/// <summary>The KPIs of sales. In the comments S and E are the start and the end of the period.</summary>
internal static class Sales
{
    /// <summary>Managers who did something with a lead or a deal in the period.</summary>
    private static readonly Formula ManagersActive = new DistinctValues(
        Dimensions.Manager, [DealsCreated, DealsWon, DealsLost, LeadsCreated, StageEntered]);

    private static readonly Formula WinRate = Count(DealsWon) / (Count(DealsWon) + Count(DealsLost));

    /// <summary>Of the leads closed in the period those that the company itself lost.</summary>
    private static readonly Formula Shortfall =
        Count(LeadsLost, Dimensions.Cause, "organisational") / (Count(LeadsLost) + Count(LeadsWon));

    // A forecast of sales says what a team expects to win of what is asked for, not what is asked for, and is an amount per
    // manager. Taken as demand it would make the cost of lost sales smaller by the share of leads that are never won, in
    // those periods only that have one, and would leave no split but that by manager. So demand is the leads, unless it is given.
    private static readonly Formula LostSalesCost =
        new Input(
            "price", new("Цена единицы: средний чек", "Unit price: the average deal size"), KpiUnit.Money, Mean(DealsWon))
        * new Input(
            "demand",
            new("Спрос в обращениях: лиды периода; прогноз спроса задаётся числом",
                "Demand in requests: the leads of the period; a forecast of demand is given as a number"),
            KpiUnit.Count, Count(LeadsCreated))
        * new Input(
            "shortfall",
            new("Доля недополученного: лиды, потерянные по организационным причинам, среди закрытых",
                "Shortfall: leads lost for organisational causes among the leads closed"),
            KpiUnit.Percent, Shortfall)
        * new Input(
            "fulfilment",
            new("Доля выполнения: выполнено ÷ запрошено", "Fulfilment: fulfilled ÷ requested"), KpiUnit.Percent, Of(1));

    private static readonly Formula Forecasted = Known(Sum(Forecast));

    private static readonly Formula ForecastAccuracy = Max(
        Of(0), Of(1) - (Max(Forecasted, Sum(DealsWon)) - Min(Forecasted, Sum(DealsWon))) / Sum(DealsWon));

    public static IReadOnlyList<Kpi> All { get; } =
        [.. Leads(), .. Deals(), .. Times(), .. Pipeline(), .. Velocity(), .. Managers()];

    private static IEnumerable<Kpi> Leads() =>
    [
        // The cells of leads_converted lie on the day the LEAD was created: the ratio is that of the cohort of P.
        Declare("lead_conversion", "Конверсия лидов", "Lead conversion",
            "Доля лидов, созданных за период, которые стали клиентами (когда-либо или за n дней: .within30).",
            "Share of the leads created in the period that became customers (ever, or within n days: .within30).",
            KpiUnit.Percent, Better.Up, Count(LeadsConverted) / Count(LeadsCreated), Sample.Share) with
        {
            Norm = new(15, 30),
            Window = LeadsConverted,
        },
        Declare("lead_to_deal_conversion", "Выигранные сделки к лидам", "Won deals to leads",
            "Сделки, выигранные за период, на лиды, созданные за период.",
            "Deals won in the period per leads created in the period.",
            KpiUnit.Percent, Better.Up, Count(DealsWon) / Count(LeadsCreated), Sample.None) with
        {
            Norm = new(15, 25),
        },
        Declare("leads_created", "Новые лиды", "Leads created",
            "Лиды, созданные за период.", "Leads created in the period.",
            KpiUnit.Count, Better.Up, Count(LeadsCreated), Sample.None),
    ];

    private static IEnumerable<Kpi> Deals() =>
    [
        Declare("win_rate", "Доля выигранных сделок", "Win rate",
            "Доля выигранных среди сделок, закрытых за период.", "Share of won deals among the deals closed in the period.",
            KpiUnit.Percent, Better.Up, WinRate, Sample.Share),
        Declare("win_rate_amount", "Доля выигранных по сумме", "Win rate by amount",
            "Сумма выигранных сделок к сумме сделок, закрытых за период.",
            "Amount of won deals over the amount of the deals closed in the period.",
            KpiUnit.Percent, Better.Up, Sum(DealsWon) / (Sum(DealsWon) + Sum(DealsLost)), Sample.None),
        Declare("deals_created", "Новые сделки", "Deals created",
            "Сделки, созданные за период.", "Deals created in the period.",
            KpiUnit.Count, Better.Up, Count(DealsCreated), Sample.None),
        Declare("deals_won", "Выигранные сделки", "Deals won",
            "Сделки, выигранные за период.", "Deals won in the period.",
            KpiUnit.Count, Better.Up, Count(DealsWon), Sample.None),
        Declare("deals_lost", "Проигранные сделки", "Deals lost",
            "Сделки, проигранные за период.", "Deals lost in the period.",
            KpiUnit.Count, Better.Down, Count(DealsLost), Sample.None),
        Declare("revenue", "Выручка", "Revenue",
            "Сумма сделок, выигранных за период.", "Amount of the deals won in the period.",
            KpiUnit.Money, Better.Up, Sum(DealsWon), Sample.None),
        Declare("average_deal_size", "Средний чек сделки", "Average deal size",
            "Средняя сумма выигранной сделки.", "Mean amount of a won deal.",
            KpiUnit.Money, Better.Up, Mean(DealsWon), Sample.MeanOf(DealsWon)),
        Declare("lost_amount", "Потерянная сумма", "Lost amount",
            "Сумма сделок, проигранных за период; делится по причинам и стадиям.",
            "Amount of the deals lost in the period; splits by reason, cause and stage.",
            KpiUnit.Money, Better.Down, Sum(DealsLost), Sample.None),
    ];

    private static IEnumerable<Kpi> Times() =>
    [
        Duration("sales_cycle", "Цикл сделки", "Sales cycle",
            "От первого контакта (создания лида, иначе сделки) до выигрыша; по сделкам, выигранным за период.",
            "From the first contact (creation of the lead, else of the deal) to the win; deals won in the period.",
            KpiUnit.Days, SalesCycle),
        Duration("lead_processing_time", "Время обработки лида", "Lead processing time",
            "От создания лида до выигрыша его сделки; по сделкам, выигранным за период.",
            "From the creation of the lead to the win of its deal; deals won in the period.",
            KpiUnit.Days, LeadProcessingTime),
        Duration("response_time", "Время ответа", "Response time",
            "От обращения до первого ответа; по отвеченным обращениям периода.",
            "From the inquiry to the first answer; answered inquiries of the period.",
            KpiUnit.Minutes, ResponseTime),
        Duration("response_time_working", "Время ответа в рабочие часы", "Response time in working hours",
            "От обращения до первого ответа, считая только рабочее время.",
            "From the inquiry to the first answer, counting working hours only.",
            KpiUnit.Minutes, ResponseTimeWorking),
        Duration("first_contact_time", "Время до первого контакта", "First contact time",
            "От создания лида до первого исходящего контакта; по лидам, созданным за период.",
            "From the creation of the lead to the first outgoing contact; leads created in the period.",
            KpiUnit.Minutes, FirstContactTime),
    ];

    private static IEnumerable<Kpi> Pipeline() =>
    [
        Declare("stage_conversion", "Конверсия стадии", "Stage conversion",
            "Доля сделок, вошедших в стадию за период, которые позже прошли дальше.",
            "Share of the deals that entered the stage in the period and later reached a further one.",
            KpiUnit.Percent, Better.Up, Count(StageAdvanced) / Count(StageEntered), Sample.Share) with
        {
            DefaultSplit = Dimensions.Stage,
        },
        Duration("stage_time", "Время в стадии", "Time in stage",
            "Сколько длилось пребывание сделки в стадии; по пребываниям, закончившимся за период.",
            "How long a visit of the stage lasted; visits that ended in the period.",
            KpiUnit.Days, StageTime) with
        {
            DefaultSplit = Dimensions.Stage,
        },
        Declare("stuck_deals_share", "Доля застрявших сделок", "Stuck deals share",
            "Доля открытых на конец периода сделок, которые стоят в стадии дольше её предела.",
            "Share of the deals open at the end of the period that are in their stage longer than its limit.",
            KpiUnit.Percent, Better.Down, At(Edge.End, DealsStuck) / At(Edge.End, DealsOpen), Sample.Share) with
        {
            DefaultSplit = Dimensions.Stage,
        },
        Declare("pipeline_value", "Сумма воронки", "Pipeline value",
            "Сумма сделок, открытых на конец периода.", "Amount of the deals open at the end of the period.",
            KpiUnit.Money, Better.Up, At(Edge.End, DealsOpen, CellPart.Sum), Sample.None),
        Declare("forecast_accuracy", "Точность прогноза", "Forecast accuracy",
            "1 − |прогноз − выручка| ÷ выручка, не ниже 0; прогноз — каким он был к началу своего периода.",
            "1 − |forecast − revenue| ÷ revenue, at least 0; the forecast as it stood when its period began.",
            KpiUnit.Percent, Better.Up, ForecastAccuracy, Sample.None),
        Declare("weighted_pipeline", "Взвешенная сумма воронки", "Weighted pipeline",
            "Сумма сделок, открытых на конец периода, с учётом вероятности.",
            "Amount of the deals open at the end of the period, each times its probability.",
            KpiUnit.Money, Better.Up, At(Edge.End, DealsOpenWeighted, CellPart.Sum), Sample.None),
        Declare("pipeline_coverage", "Покрытие плана воронкой", "Pipeline coverage",
            "Во сколько раз открытые сделки больше того, чего не хватает до плана выручки текущего месяца (квартала …) плана.",
            "How many times the open deals exceed what is missing to the revenue target of its current month (quarter …).",
            KpiUnit.Ratio, Better.Up, At(Edge.End, DealsOpen, CellPart.Sum) / new RemainingTarget("revenue", DealsWon), Sample.None),
    ];

    private static IEnumerable<Kpi> Velocity() =>
    [
        Declare("sales_velocity", "Скорость продаж", "Sales velocity",
            "Открытые на конец периода сделки × средний чек × доля выигранных ÷ средний цикл сделки в днях.",
            "Deals open at the end of the period × average deal size × win rate ÷ mean sales cycle in days.",
            KpiUnit.MoneyPerDay, Better.Up, At(Edge.End, DealsOpen) * Mean(DealsWon) * (WinRate / Mean(SalesCycle)), Sample.None),
        // A move counts while the deal is open: the moved deals are among those that were open in the period.
        Declare("slippage_rate", "Доля сделок с переносом срока", "Slippage rate",
            "Доля открытых за период сделок, у которых ожидаемая дата закрытия перенесена на более поздний день.",
            "Share of the deals open at some time of the period whose expected close was moved to a later day.",
            KpiUnit.Percent, Better.Down, new Pairs(DealsSlipped, PairReading.Within)
                / (At(Edge.Start, DealsOpen) + new Pairs(DealsOpened, PairReading.Within)), Sample.Share),
        Declare("lost_sales_cost", "Стоимость упущенных продаж", "Cost of lost sales",
            "Цена единицы × спрос × доля недополученного × доля выполнения; каждое из чисел можно задать в запросе.",
            "Unit price × demand × shortfall × fulfilment; each of them can be given in the query.",
            KpiUnit.Money, Better.Down, LostSalesCost, Sample.None),
    ];

    private static IEnumerable<Kpi> Managers() =>
    [
        Declare("deals_per_manager", "Сделок на менеджера", "Deals per manager",
            "Выигранные сделки на менеджера, работавшего с лидами или сделками за период.",
            "Won deals per manager who worked on leads or deals in the period.",
            KpiUnit.Count, Better.Up, Count(DealsWon) / ManagersActive, Sample.None),
        Declare("revenue_per_manager", "Выручка на менеджера", "Revenue per manager",
            "Сумма выигранных сделок на менеджера, работавшего за период.",
            "Amount of won deals per manager who worked in the period.",
            KpiUnit.Money, Better.Up, Sum(DealsWon) / ManagersActive, Sample.None),
        Declare("open_load_per_manager", "Открытых сделок на менеджера", "Open deals per manager",
            "Сделки, открытые на конец периода, на менеджера, работавшего за период.",
            "Deals open at the end of the period per manager who worked in the period.",
            KpiUnit.Count, Better.Down, At(Edge.End, DealsOpen) / ManagersActive, Sample.None),
    ];

    private static Kpi Declare(
        string id, string ru, string en, string meaningRu, string meaningEn, KpiUnit unit, Better better, Formula formula,
        Sample sample) => new()
        {
            Id = id,
            Area = KpiArea.Sales,
            Name = new(ru, en),
            Meaning = new(meaningRu, meaningEn),
            Unit = unit,
            Better = better,
            Variants = [new("", formula, sample)],
        };

    private static Kpi Duration(
        string id, string ru, string en, string meaningRu, string meaningEn, KpiUnit unit, Measure measure) =>
        Declare(id, ru, en, meaningRu, meaningEn, unit, Better.Down, Mean(measure), Sample.None) with
        {
            Variants = KpiVariant.OfDuration(measure),
        };
}
