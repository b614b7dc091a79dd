using static CrmKpi.Domain.Cube.Dimensions;

namespace CrmKpi.Domain.Cube;

/// <summary>
/// Every measure of the cube. WARNING: ids and names are a storage format; add at the end of a group, never change.
/// A change of what a measure means needs a new <see cref="RulesVersion"/>, which rebuilds all read models.
/// </summary>
public static class Measures
{
    /// <summary>The version of all folds and contributions together.</summary>
    public const int RulesVersion = 1;

    // Leads: dimensions of the lead.
    public static readonly Measure LeadsCreated = new(1, "leads_created", MeasureKind.Flow, MeasureUnit.Count,
        Party, "Leads by the day on which they were created.");

    public static readonly Measure LeadsConverted = new(2, "leads_converted", MeasureKind.Flow, MeasureUnit.Count,
        Party, "Leads that became customers, by the day the LEAD was created; bucket = whole calendar days from creation "
        + "to the conversion (first won deal of the lead, else lead.converted with a customer).");

    public static readonly Measure LeadsLost = new(3, "leads_lost", MeasureKind.Flow, MeasureUnit.Count,
        Party | Reason, "Leads by the day on which they were lost.");

    public static readonly Measure FirstContactTime = new(4, "first_contact_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Party, "Lead creation → first outgoing contact, by the day the lead was created.");

    // Deals: dimensions of the deal, blanks filled from its lead.
    public static readonly Measure DealsCreated = new(10, "deals_created", MeasureKind.Flow, MeasureUnit.Count,
        Deal, "Deals by the day on which they were created.");

    public static readonly Measure DealsWon = new(11, "deals_won", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Deal, "Deals won by the day they were won; sum = amount won.");

    public static readonly Measure DealsLost = new(12, "deals_lost", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Deal | Stage | Reason | Cause, "Deals lost by the day they were lost; stage = the one they were lost in; sum = amount.");

    public static readonly Measure SalesCycle = new(13, "sales_cycle", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Deal, "First contact (lead creation, else deal creation) → won, by the day won.");

    public static readonly Measure LeadProcessingTime = new(14, "lead_processing_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Deal, "Lead creation → its deal won, by the day won; deals with a known lead only.");

    public static readonly Measure DealsOpen = new(15, "deals_open", MeasureKind.Stock, MeasureUnit.MoneyMicros,
        Deal | Stage, "Open deals by stage; sum = their amount as it stood on the day.");

    public static readonly Measure DealsOpenWeighted = new(16, "deals_open_weighted", MeasureKind.Stock,
        MeasureUnit.MoneyMicros, Deal | Stage, "Open deals; sum = amount × probability (the deal's, else 50 %).");

    public static readonly Measure DealsStuck = new(18, "deals_stuck", MeasureKind.Stock, MeasureUnit.MoneyMicros,
        Deal | Stage, "Open deals that are longer in their stage than its limit; sum = amount.");

    public static readonly Measure StageEntered = new(19, "stage_entered", MeasureKind.Flow, MeasureUnit.Count,
        Deal | Stage, "Deals by the day of their first entry into the stage.");

    public static readonly Measure StageAdvanced = new(20, "stage_advanced", MeasureKind.Flow, MeasureUnit.Count,
        Deal | Stage, "Of those, the deals that later reached a further stage (or were won), by the day of the ENTRY.");

    public static readonly Measure StageTime = new(21, "stage_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Deal | Stage, "Time spent per finished visit of a stage, by the day it ended.");

    // Inquiries: dimensions of the inquiry, blanks filled from its lead.
    public static readonly Measure InquiriesReceived = new(30, "inquiries_received", MeasureKind.Flow,
        MeasureUnit.Count, Party, "Inquiries by the day on which they came in.");

    public static readonly Measure ResponseTime = new(31, "response_time", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Party, "Inquiry → first answer, by the day the inquiry came in; answered ones only.");

    public static readonly Measure ResponseTimeWorking = new(32, "response_time_working", MeasureKind.Distribution,
        MeasureUnit.Milliseconds, Party, "The same, counting working hours of the tenant's calendar only.");

    // Customers and purchases: dimensions of the customer. f = day of the first purchase. The activity of a customer is
    // the union of [purchase day, purchase day + inactivity window) as maximal intervals [a₁,b₁), [a₂,b₂) …
    public static readonly Measure Purchases = new(40, "purchases", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Party, "Purchases by day; sum = amount (refunds lower it).");

    public static readonly Measure PurchasesRepeat = new(41, "purchases_repeat", MeasureKind.Flow,
        MeasureUnit.MoneyMicros, Party, "Purchases that are not the customer's first.");

    public static readonly Measure PurchaseMargin = new(42, "purchase_margin", MeasureKind.Flow,
        MeasureUnit.MoneyMicros, Party, "Margin of the purchases whose margin is known.");

    public static readonly Measure PurchaseMarginBase = new(43, "purchase_margin_base", MeasureKind.Flow,
        MeasureUnit.MoneyMicros, Party, "Amount of the purchases whose margin is known.");

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

    // Costs.
    public static readonly Measure Cost = new(70, "cost", MeasureKind.Flow, MeasureUnit.MoneyMicros,
        Category | Channel | Campaign, "Costs spread evenly over the days of their period.");

    // Warnings.
    public static readonly Measure AmountsUnconverted = new(90, "amounts_unconverted", MeasureKind.Flow,
        MeasureUnit.Count, None, "Amounts in another currency than the tenant's, by day: not in any money sum.");

    /// <summary>All measures by id.</summary>
    public static IReadOnlyList<Measure> All { get; } =
    [
        LeadsCreated, LeadsConverted, LeadsLost, FirstContactTime,
        DealsCreated, DealsWon, DealsLost, SalesCycle, LeadProcessingTime, DealsOpen, DealsOpenWeighted, DealsStuck,
        StageEntered, StageAdvanced, StageTime,
        InquiriesReceived, ResponseTime, ResponseTimeWorking,
        Purchases, PurchasesRepeat, PurchaseMargin, PurchaseMarginBase, CustomersNew, CustomersActive, CustomersKept,
        CustomersActiveKnown, CustomersReturned, CustomersBuying, CustomersBuyingTwice, CustomerLifespan, CohortBuyers,
        SurveyNps, SurveyCsat, SurveyCsi, Cost, AmountsUnconverted,
    ];

    private static readonly Dictionary<short, Measure> ById = All.ToDictionary(m => m.Id);
    private static readonly Dictionary<string, Measure> ByName = All.ToDictionary(m => m.Name);

    /// <summary>The measure with this id, or null (a cell of a newer rules version).</summary>
    public static Measure? Find(short id) => ById.GetValueOrDefault(id);

    /// <summary>The measure with this name, or null.</summary>
    public static Measure? Find(string name) => ByName.GetValueOrDefault(name);
}
