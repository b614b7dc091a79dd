using static CrmKpi.Domain.Cube.Dimensions;

namespace CrmKpi.Domain.Cube;

/// <summary>
/// Every measure of the cube. WARNING: ids and names are a storage format; add at the end of a group, never change.
/// A change of what a measure means needs a new <see cref="RulesVersion"/>, which rebuilds all read models.
/// </summary>
public static class Measures
{
    /// <summary>The version of all folds and contributions together.</summary>
    public const int RulesVersion = 2;

    // Leads: dimensions of the lead.
    public static readonly Measure LeadsCreated = new(1, "leads_created", MeasureKind.Flow, MeasureUnit.Count,
        Party, "Leads by the day on which they were created.");

    public static readonly Measure LeadsConverted = new(2, "leads_converted", MeasureKind.Flow, MeasureUnit.Count,
        Party, "Leads that became customers, by the day the LEAD was created; bucket = whole calendar days from creation "
        + "to the conversion (first won deal of the lead, else lead.converted with a customer).");

    public static readonly Measure LeadsLost = new(3, "leads_lost", MeasureKind.Flow, MeasureUnit.Count,
        Party | Reason | Cause, "Leads by the day on which they were lost.");

    public static readonly Measure FirstContactTime = new(4, "first_contact_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Party, "Lead creation → first outgoing contact, by the day the lead was created.");

    public static readonly Measure LeadsWon = new(5, "leads_won", MeasureKind.Flow, MeasureUnit.Count,
        Party, "Leads by the day on which they became customers.");

    public static readonly Measure LeadsDead = new(6, "leads_dead", MeasureKind.Flow, MeasureUnit.Count,
        Party, "Lost leads that are dead (invalid contact, duplicate, spam), by the day the LEAD was created.");

    // Deals: dimensions of the deal, blanks filled from its lead.
    public static readonly Measure DealsCreated = new(10, "deals_created", MeasureKind.Flow, MeasureUnit.Count,
        Deal, "Deals by the day on which they were created.");

    public static readonly Measure DealsWon = new(11, "deals_won", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Deal | Currency, "Deals won by the day they were won; sum = amount won.");

    public static readonly Measure DealsLost = new(12, "deals_lost", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Deal | Stage | Reason | Cause | Currency, "Deals lost by the day they were lost; stage = the one they were lost in; sum = amount.");

    public static readonly Measure SalesCycle = new(13, "sales_cycle", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Deal, "First contact (lead creation, else deal creation) → won, by the day won.");

    public static readonly Measure LeadProcessingTime = new(14, "lead_processing_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Deal, "Lead creation → its deal won, by the day won; deals with a known lead only.");

    public static readonly Measure DealsOpen = new(15, "deals_open", MeasureKind.Stock, MeasureUnit.MoneyMicros,
        Deal | Stage | Currency, "Open deals by stage; sum = their amount as it stood on the day.");

    public static readonly Measure DealsOpenWeighted = new(16, "deals_open_weighted", MeasureKind.Stock,
        MeasureUnit.MoneyMicros, Deal | Stage | Currency, "Open deals; sum = amount × probability (the deal's, else 50 %).");

    public static readonly Measure DealsStuck = new(18, "deals_stuck", MeasureKind.Stock, MeasureUnit.MoneyMicros,
        Deal | Stage | Currency, "Open deals that are longer in their stage than its limit; sum = amount.");

    public static readonly Measure StageEntered = new(19, "stage_entered", MeasureKind.Flow, MeasureUnit.Count,
        Deal | Stage, "Deals by the day of their first entry into the stage.");

    public static readonly Measure StageAdvanced = new(20, "stage_advanced", MeasureKind.Flow, MeasureUnit.Count,
        Deal | Stage, "Of those, the deals that later reached a further stage (or were won), by the day of the ENTRY.");

    public static readonly Measure StageTime = new(21, "stage_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Deal | Stage, "Time spent per finished visit of a stage, by the day it ended.");

    public static readonly Measure DealsOpened = new(22, "deals_opened", MeasureKind.DayPairs, MeasureUnit.Count,
        Deal, "Read within: deals not open at S that were open later in P. Per time open: "
        + "+(end of the previous one or never, begin).");

    public static readonly Measure DealsSlipped = new(23, "deals_slipped", MeasureKind.DayPairs, MeasureUnit.Count,
        Deal, "Read within: deals whose expected close was moved to a later day in P while they were open. Per move: "
        + "+(day of the previous move or never, day).");

    public static readonly Measure DealsWonBypassed = new(24, "deals_won_bypassed", MeasureKind.Flow,
        MeasureUnit.Count, Deal, "Deals won with fewer activities and calls up to the win than the setting bypassActivities, by the day won.");

    public static readonly Measure RevenueFirstTouch = new(25, "revenue_first_touch", MeasureKind.Flow,
        MeasureUnit.MoneyMicros, Touch | Currency,
        "Amount won by day, each under the first source, channel and campaign known of the deal and its lead.");

    public static readonly Measure RevenueLastTouch = new(26, "revenue_last_touch", MeasureKind.Flow,
        MeasureUnit.MoneyMicros, Touch | Currency,
        "Amount won by day, each under the last source, channel and campaign known of the deal and its lead.");

    // Inquiries: dimensions of the inquiry, blanks filled from its lead.
    public static readonly Measure InquiriesReceived = new(30, "inquiries_received", MeasureKind.Flow,
        MeasureUnit.Count, Party, "Inquiries and inbound calls by the day on which they came in.");

    public static readonly Measure ResponseTime = new(31, "response_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Party,
        "Inquiry → first answer (inbound call: how long it waited), by the day the inquiry came in; answered ones only.");

    public static readonly Measure ResponseTimeWorking = new(32, "response_time_working", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Party, "The same, counting working hours of the tenant's calendar only.");

    // Customers and purchases: dimensions of the customer. f = day of the first purchase. The activity of a customer is
    // the union of [purchase day, purchase day + inactivity window) as maximal intervals [a₁,b₁), [a₂,b₂) … What is told of a
    // customer that was merged into another counts for the other.
    public static readonly Measure Purchases = new(40, "purchases", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Party | Currency, "Purchases by day; sum = amount (refunds lower it).");

    public static readonly Measure PurchasesRepeat = new(41, "purchases_repeat", MeasureKind.Flow,
        MeasureUnit.MoneyMicros, Party | Currency, "Purchases that are not the customer's first.");

    public static readonly Measure PurchaseMargin = new(42, "purchase_margin", MeasureKind.Flow,
        MeasureUnit.MoneyMicros, Party | Currency, "Margin of the purchases whose margin is known.");

    public static readonly Measure PurchaseMarginBase = new(43, "purchase_margin_base", MeasureKind.Flow,
        MeasureUnit.MoneyMicros, Party | Currency, "Amount of the purchases whose margin is known.");

    public static readonly Measure CustomersNew = new(44, "customers_new", MeasureKind.Flow, MeasureUnit.Count,
        Party, "Customers by the day of their first purchase.");

    public static readonly Measure CustomersActive = new(45, "customers_active", MeasureKind.Stock, MeasureUnit.Count,
        Party, "Active customers: +1 at each aᵢ, −1 at each bᵢ.");

    public static readonly Measure CustomersKept = new(46, "customers_kept", MeasureKind.DayPairs, MeasureUnit.Count,
        Party, "Read both: customers active at S and at E. Per interval: +(a,a) −(a,b); per i < j: "
        + "+(aᵢ,aⱼ) −(aᵢ,bⱼ) −(bᵢ,aⱼ) +(bᵢ,bⱼ), written (x,y).");

    public static readonly Measure CustomersActiveKnown = new(47, "customers_active_known", MeasureKind.DayPairs,
        MeasureUnit.Count, Party, "Read both: customers active at E whose first purchase lies before S. "
        + "Per interval: +(f,a) −(f,b).");

    public static readonly Measure CustomersReturned = new(48, "customers_returned", MeasureKind.DayPairs,
        MeasureUnit.Count, Party, "Read within: customers inactive at S (but active before) who came back in P. "
        + "Per gap: +(bᵢ,aᵢ₊₁).");

    public static readonly Measure CustomersBuying = new(49, "customers_buying", MeasureKind.DayPairs,
        MeasureUnit.Count, Party, "Read within: customers with at least one purchase in P. Per purchase: "
        + "+(day of the previous purchase or never, day).");

    public static readonly Measure CustomersBuyingTwice = new(50, "customers_buying_twice", MeasureKind.DayPairs,
        MeasureUnit.Count, Party, "Read both: customers with at least two purchases in P. Per purchase i ≥ 2: "
        + "+(tᵢ₋₂ or never, tᵢ) −(tᵢ₋₁, tᵢ).");

    public static readonly Measure CustomerLifespan = new(51, "customer_lifespan", MeasureKind.Flow, MeasureUnit.Days,
        Party, "Days since the previous purchase, by the day of the purchase: summed up to E it is Σ (last − first).");

    public static readonly Measure CohortBuyers = new(52, "cohort_buyers", MeasureKind.Flow, MeasureUnit.Count,
        Party, "By the day of the first purchase; bucket = calendar months since it: customers who bought in that month.");

    // Surveys: dimensions of the response.
    public static readonly Measure SurveyNps = new(60, "survey_nps", MeasureKind.Flow, MeasureUnit.Count,
        Party, "NPS responses by day; bucket = score on 0–10.");

    public static readonly Measure SurveyCsat = new(61, "survey_csat", MeasureKind.Flow, MeasureUnit.Count,
        Party, "CSAT responses by day; bucket 1 = satisfied (score ≥ 80 % of the scale), 0 = not.");

    public static readonly Measure SurveyCsi = new(62, "survey_csi", MeasureKind.Flow, MeasureUnit.ScoreMicros,
        Party, "CSI responses by day; sum = score scaled to 5.");

    public static readonly Measure SurveyEmployee = new(63, "survey_employee", MeasureKind.Flow,
        MeasureUnit.ScoreMicros, Party, "Responses of employees by day; sum = score scaled to 5.");

    // Economics.
    public static readonly Measure Cost = new(70, "cost", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Category | Channel | Campaign | Currency, "Costs spread evenly over the days of their period.");

    public static readonly Measure Benefit = new(71, "benefit", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Category | Currency, "Benefits spread evenly over the days of their period.");

    public static readonly Measure Forecast = new(72, "forecast", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Manager | Currency,
        "Forecasts as they stood when their period began, of the manager whom they named then, spread evenly over its days.");

    // Marketing: dimensions of the campaign's report, of the message.
    public static readonly Measure AdImpressions = new(73, "ad_impressions", MeasureKind.Flow, MeasureUnit.Number,
        Touch, "Impressions by day; sum = how many.");

    public static readonly Measure AdClicks = new(74, "ad_clicks", MeasureKind.Flow, MeasureUnit.Number,
        Touch, "Clicks by day; sum = how many.");

    public static readonly Measure AdCost = new(75, "ad_cost", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Touch | Currency, "Cost of advertisements by day; it stands in cost as well, with the category marketing.");

    public static readonly Measure EmailsSent = new(76, "emails_sent", MeasureKind.Flow, MeasureUnit.Count,
        Campaign,
        "Messages by the day on which they were sent (else of the first thing known of them), each once per recipient.");

    public static readonly Measure EmailsDelivered = new(77, "emails_delivered", MeasureKind.Flow, MeasureUnit.Count,
        Campaign, "Of those, the ones that were delivered, by the day of SENDING; bucket 1 = a delivery was told, 0 = it follows "
        + "from what the recipient did (opened, clicked, unsubscribed).");

    public static readonly Measure EmailsOpened = new(78, "emails_opened", MeasureKind.Flow, MeasureUnit.Count,
        Campaign, "Of those, the ones that were opened (or clicked), by the day of SENDING.");

    public static readonly Measure EmailsClicked = new(79, "emails_clicked", MeasureKind.Flow, MeasureUnit.Count,
        Campaign, "Of those, the ones in which a link was clicked, by the day of SENDING.");

    public static readonly Measure EmailsUnsubscribed = new(80, "emails_unsubscribed", MeasureKind.Flow,
        MeasureUnit.Count, Campaign, "Of those, the ones after which the recipient unsubscribed, by the day of SENDING.");

    // Tickets: dimensions of the ticket; category = its priority.
    public static readonly Measure TicketsOpened = new(81, "tickets_opened", MeasureKind.Flow, MeasureUnit.Count,
        Manager | Category, "Tickets by the day on which they were opened.");

    public static readonly Measure Complaints = new(82, "complaints", MeasureKind.Flow, MeasureUnit.Count,
        Manager | Category, "Of those, the complaints.");

    public static readonly Measure TicketFirstResponseTime = new(83, "ticket_first_response_time",
        MeasureKind.Distribution, MeasureUnit.Milliseconds, Manager | Category,
        "Ticket opened → first answer, by the day it was opened; answered ones only.");

    public static readonly Measure TicketResolutionTime = new(84, "ticket_resolution_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Manager | Category,
        "Ticket opened → resolved for good (its last resolution), by the day of that resolution.");

    public static readonly Measure TicketsResolved = new(85, "tickets_resolved", MeasureKind.Flow, MeasureUnit.Count,
        Manager | Category, "Tickets by the day of their first resolution.");

    public static readonly Measure TicketsReopened = new(86, "tickets_reopened", MeasureKind.Flow, MeasureUnit.Count,
        Manager | Category, "Of those, the tickets that were opened again later, by the day of the first RESOLUTION.");

    // Rates. The bucket tells the direction, see Rates.
    public static readonly Measure FxRate = new(91, "fx_rate", MeasureKind.Flow, MeasureUnit.RateNanos,
        Currency, "Rates between a currency and the tenant's, by the day for which they were set.");

    // People: the manager is the user.
    public static readonly Measure UsersAssigned = new(100, "users_assigned", MeasureKind.Stock, MeasureUnit.Count,
        Manager, "Users with access: from their first event, whichever it is, until deactivated, and again from provisioning on.");

    public static readonly Measure UsersEntered = new(101, "users_entered", MeasureKind.DayPairs, MeasureUnit.Count,
        Manager, "Read within: users without access at S who had it later in P. Per interval of access: "
        + "+(end of the previous one or never, begin).");

    public static readonly Measure UsersActive = new(102, "users_active", MeasureKind.DayPairs, MeasureUnit.Count,
        Manager, "Read within: users with access who were active at least once in P. Per active day: "
        + "+(previous active day or never, day).");

    public static readonly Measure UserDaysActive = new(103, "user_days_active", MeasureKind.Flow, MeasureUnit.Days,
        Manager, "Days on which a user with access (at the day's end) was active; sum = how many; bucket 1 = a working day of the "
        + "calendar, 0 = not.");

    public static readonly Measure Actions = new(104, "actions", MeasureKind.Flow, MeasureUnit.Count,
        Manager | Category, "Activities logged by day, logins not among them; category = their kind.");

    public static readonly Measure Logins = new(105, "logins", MeasureKind.Flow, MeasureUnit.Count,
        Manager, "Logins by day.");

    public static readonly Measure TimeLogged = new(106, "time_logged", MeasureKind.Flow, MeasureUnit.Milliseconds,
        Manager | Category, "Time logged by day; category = what it was spent on.");

    public static readonly Measure Suggestions = new(107, "suggestions", MeasureKind.Flow, MeasureUnit.Count,
        Manager, "Suggestions by day.");

    public static readonly Measure TasksDue = new(108, "tasks_due", MeasureKind.Flow, MeasureUnit.Count,
        Manager, "Tasks by the day on which they are due.");

    public static readonly Measure TasksOnTime = new(109, "tasks_on_time", MeasureKind.Flow, MeasureUnit.Count,
        Manager, "Of those, the ones completed in time, by the day DUE.");

    // Data quality: category = the kind of record (lead, deal, customer …).
    public static readonly Measure Records = new(110, "records", MeasureKind.Stock, MeasureUnit.Count,
        Category, "Leads, deals and customers from their first event until they are deleted or merged.");

    public static readonly Measure FieldsRequired = new(111, "fields_required", MeasureKind.Stock, MeasureUnit.Number,
        Category, "Required fields of living records of which some are known; sum = how many.");

    public static readonly Measure FieldsFilled = new(112, "fields_filled", MeasureKind.Stock, MeasureUnit.Number,
        Category, "Of those, the filled ones.");

    public static readonly Measure Duplicates = new(113, "duplicates", MeasureKind.Stock, MeasureUnit.Count,
        Category, "Living records that are known as duplicates of another.");

    // Automation: category = the kind of work.
    public static readonly Measure Executions = new(120, "executions", MeasureKind.Flow, MeasureUnit.Count,
        Category, "Executions of processes by day.");

    public static readonly Measure ExecutionsAutomated = new(121, "executions_automated", MeasureKind.Flow,
        MeasureUnit.Count, Category, "Of those, the automated ones.");

    public static readonly Measure ProcessesDefined = new(122, "processes_defined", MeasureKind.Stock,
        MeasureUnit.Count, None, "Processes that are defined and not retired.");

    public static readonly Measure ProcessesAutomated = new(123, "processes_automated", MeasureKind.Stock,
        MeasureUnit.Count, None, "Of those, the automated ones.");

    /// <summary>All measures by id.</summary>
    public static IReadOnlyList<Measure> All { get; } =
    [
        LeadsCreated, LeadsConverted, LeadsLost, FirstContactTime, LeadsWon, LeadsDead,
        DealsCreated, DealsWon, DealsLost, SalesCycle, LeadProcessingTime, DealsOpen, DealsOpenWeighted, DealsStuck,
        StageEntered, StageAdvanced, StageTime, DealsOpened, DealsSlipped, DealsWonBypassed, RevenueFirstTouch,
        RevenueLastTouch,
        InquiriesReceived, ResponseTime, ResponseTimeWorking,
        Purchases, PurchasesRepeat, PurchaseMargin, PurchaseMarginBase, CustomersNew, CustomersActive, CustomersKept,
        CustomersActiveKnown, CustomersReturned, CustomersBuying, CustomersBuyingTwice, CustomerLifespan, CohortBuyers,
        SurveyNps, SurveyCsat, SurveyCsi, SurveyEmployee, Cost, Benefit, Forecast,
        AdImpressions, AdClicks, AdCost, EmailsSent, EmailsDelivered, EmailsOpened, EmailsClicked, EmailsUnsubscribed,
        TicketsOpened, Complaints, TicketFirstResponseTime, TicketResolutionTime, TicketsResolved, TicketsReopened, FxRate,
        UsersAssigned, UsersEntered, UsersActive, UserDaysActive, Actions, Logins, TimeLogged, Suggestions, TasksDue,
        TasksOnTime, Records, FieldsRequired, FieldsFilled, Duplicates, Executions, ExecutionsAutomated, ProcessesDefined,
        ProcessesAutomated,
    ];

    private static readonly Dictionary<short, Measure> ById = All.ToDictionary(m => m.Id);
    private static readonly Dictionary<string, Measure> ByName = All.ToDictionary(m => m.Name);

    /// <summary>The measure with this id, or null (a cell of a newer rules version).</summary>
    public static Measure? Find(short id) => ById.GetValueOrDefault(id);

    /// <summary>The measure with this name, or null.</summary>
    public static Measure? Find(string name) => ByName.GetValueOrDefault(name);
}
