using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Cube;

/// <summary>Which kinds of entities contribute to a measure: where its facts are looked for.</summary>
public static class MeasureSources
{
    private static readonly Dictionary<EntityKind, Measure[]> ByKind = new()
    {
        [EntityKind.Lead] =
        [
            Measures.LeadsCreated, Measures.LeadsConverted, Measures.LeadsLost, Measures.FirstContactTime,
            Measures.LeadsWon, Measures.LeadsDead, Measures.Records, Measures.FieldsRequired, Measures.FieldsFilled,
            Measures.Duplicates,
        ],
        [EntityKind.Deal] =
        [
            Measures.DealsCreated, Measures.DealsWon, Measures.DealsLost, Measures.SalesCycle, Measures.LeadProcessingTime,
            Measures.DealsOpen, Measures.DealsOpenWeighted, Measures.DealsStuck, Measures.StageEntered, Measures.StageAdvanced,
            Measures.StageTime, Measures.RevenueFirstTouch, Measures.RevenueLastTouch, Measures.DealsOpened,
            Measures.DealsSlipped, Measures.DealsWonBypassed, Measures.Records, Measures.FieldsRequired,
            Measures.FieldsFilled, Measures.Duplicates,
        ],
        [EntityKind.Customer] =
        [
            Measures.Purchases, Measures.PurchasesRepeat, Measures.PurchaseMargin, Measures.PurchaseMarginBase,
            Measures.CustomersNew, Measures.CustomersActive, Measures.CustomersKept, Measures.CustomersActiveKnown,
            Measures.CustomersReturned, Measures.CustomersBuying, Measures.CustomersBuyingTwice, Measures.CustomerLifespan,
            Measures.CohortBuyers, Measures.Records, Measures.FieldsRequired, Measures.FieldsFilled, Measures.Duplicates,
        ],
        [EntityKind.Inquiry] = [Measures.InquiriesReceived, Measures.ResponseTime, Measures.ResponseTimeWorking],
        [EntityKind.Survey] = [Measures.SurveyNps, Measures.SurveyCsat, Measures.SurveyCsi, Measures.SurveyEmployee],
        [EntityKind.Cost] = [Measures.Cost],
        [EntityKind.User] =
            [Measures.UsersAssigned, Measures.UsersEntered, Measures.UsersActive, Measures.UserDaysActive],
        [EntityKind.Activity] = [Measures.Actions, Measures.Logins, Measures.TimeLogged, Measures.Suggestions],
        [EntityKind.Task] = [Measures.TasksDue, Measures.TasksOnTime],
        [EntityKind.Process] = [Measures.ProcessesDefined, Measures.ProcessesAutomated],
        [EntityKind.Execution] = [Measures.Executions, Measures.ExecutionsAutomated],
        [EntityKind.Call] = [Measures.InquiriesReceived, Measures.ResponseTime, Measures.ResponseTimeWorking],
        [EntityKind.Ticket] =
        [
            Measures.TicketsOpened, Measures.Complaints, Measures.TicketFirstResponseTime, Measures.TicketResolutionTime,
            Measures.TicketsResolved, Measures.TicketsReopened,
        ],
        [EntityKind.EmailSend] =
        [
            Measures.EmailsSent, Measures.EmailsDelivered, Measures.EmailsOpened, Measures.EmailsClicked,
            Measures.EmailsUnsubscribed,
        ],
        [EntityKind.AdDay] = [Measures.AdImpressions, Measures.AdClicks, Measures.AdCost, Measures.Cost],
        [EntityKind.Benefit] = [Measures.Benefit],
        [EntityKind.Forecast] = [Measures.Forecast],
        [EntityKind.FxRates] = [Measures.FxRate],
    };

    private static readonly ILookup<Measure, EntityKind> Kinds =
        ByKind.SelectMany(k => k.Value.Select(m => (Kind: k.Key, Measure: m))).ToLookup(p => p.Measure, p => p.Kind);

    private static readonly EntityKind[] AllKinds = [.. FactSchema.All.Select(schema => schema.Kind)];

    /// <summary>The kinds that can contribute to a measure; all of them for one that the list does not name.</summary>
    public static IEnumerable<EntityKind> Of(Measure measure) => Kinds.Contains(measure) ? Kinds[measure] : AllKinds;
}
