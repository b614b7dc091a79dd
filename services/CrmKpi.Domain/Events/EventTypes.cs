using System.Collections.Frozen;
using System.Text;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Events.FieldKind;

namespace CrmKpi.Domain.Events;

/// <summary>
/// Every canonical event type. WARNING: names of types and fields are a storage format; add, never rename. An event whose
/// type has no fold yet is validated and stored all the same, and is counted once a fold exists.
/// </summary>
public static class EventTypes
{
    private static readonly string[] Semantics = ["open", "success", "failure"];
    private static readonly string[] PurchaseSources = ["deals", "payments"];
    private static readonly string[] InquiryChannels = ["call", "email", "chat", "form", "messenger", "social"];

    /// <summary>Days in a stage after which a deal is stuck: the longest limit.</summary>
    public const int StuckDaysMax = 3_650;

    /// <summary>The one type of the tenant's stream that is no setting.</summary>
    public const string FxRateSet = "fx.rate_set";

    /// <summary>The greatest setting of how few activities make a deal won past the CRM.</summary>
    public const int BypassActivitiesMax = 100;

    // The dimensions that may come with every event of a lead, deal or customer.
    private static readonly EventField[] Party =
    [
        Short("manager"), Short("source"), Short("channel"), Short("campaign"), Short("region"), Short("segment"),
    ];

    private static readonly EventField[] OfDeal = [.. Party, Short("pipeline"), Short("product")];

    private static readonly EventField[] Record = [Map("fields", new("", FieldKind.Boolean))];

    private static readonly EventField Utm = Object("utm",
        Short("source"), Short("medium"), Short("campaign"), Short("term"), Short("content"));

    private static readonly EventField[] Settings =
    [
        Short("name"), Short("crm"), new("timeZone", FieldKind.TimeZone), new("currency", FieldKind.Currency),
        Short("locale"), Short("industry"),
        Whole("inactivityDays", 30, 1_095), OneOf("purchaseSource", PurchaseSources),
        Whole("stuckDays", 1, StuckDaysMax), Whole("fiscalYearStartMonth", 1, 12),
        ListOf("cacCategories", Short("")), Whole("bypassActivities", 1, BypassActivitiesMax),
        Object("requiredFields", RequiredOf("lead"), RequiredOf("deal"), RequiredOf("customer")),
    ];

    private static readonly EventField WorkingHours = Object("workingHours",
        [.. new[] { "sun", "mon", "tue", "wed", "thu", "fri", "sat" }.Select(day => Object(day,
            new EventField("from", FieldKind.TimeOfDay, true), new EventField("to", FieldKind.TimeOfDay, true)))]);

    /// <summary>All types, by group.</summary>
    public static IReadOnlyList<EventType> All { get; } =
    [
        new("lead.created", "lead",
            [.. Party, .. Record, Utm, Short("customer"), new("firstContact", FieldKind.Timestamp)]),
        new("lead.assigned", "lead", Needing(Party, "manager")),
        new("lead.status_changed", "lead", [.. Party, .. Record, Needed("status"), OneOf("semantic", Semantics),
            new("firstContact", FieldKind.Timestamp)]),
        new("lead.converted", "lead", [.. Party, Short("deal"), Short("customer")]),
        new("lead.lost", "lead", [.. Party, Short("reason"), Short("cause"), OneOf("dead", ["invalid_contact", "duplicate", "spam"])]),

        new("deal.created", "deal",
        [
            .. OfDeal, .. Record, Needed("stage"), OneOf("semantic", Semantics), Short("lead"), Short("customer"),
            Amount("amount"), new("expectedClose", FieldKind.DayOrTimestamp), Probability,
            new("firstContact", FieldKind.Timestamp),
        ]),
        new("deal.stage_changed", "deal",
            [.. OfDeal, Needed("stage"), OneOf("semantic", Semantics), Probability]),
        new("deal.amount_changed", "deal", [.. OfDeal, Amount("amount", true), Probability]),
        new("deal.assigned", "deal", Needing(OfDeal, "manager")),
        new("deal.expected_close_changed", "deal", [.. OfDeal, new("expectedClose", FieldKind.DayOrTimestamp, true)]),
        new("deal.won", "deal",
            [.. OfDeal, Amount("amount", true), Amount("margin"), Short("customer"), Short("lead"), Short("stage")]),
        new("deal.lost", "deal",
            [.. OfDeal, Short("reason"), Short("cause"), Short("stage"), Amount("amount")]),
        new("deal.reopened", "deal", [.. OfDeal, Short("stage")]),
        new("deal.deleted", "deal", []),
        new("deal.merged", "deal", [Needed("into")]),

        new("customer.registered", "customer", [.. Party, .. Record]),
        new("customer.updated", "customer", [.. Party, .. Record]),
        new("customer.merged", "customer", [Needed("into")]),
        new("customer.lost", "customer", [.. Party, Short("reason")]),
        new("purchase.made", "customer",
            [.. Party, Needed("purchase"), Amount("amount", true), Amount("margin"), new("items", Any), Short("deal")]),
        new("purchase.refunded", "customer",
            [.. Party, Needed("purchase"), Amount("amount", true), Amount("margin"), new("items", Any), Short("deal")]),

        new("inquiry.received", "inquiry",
        [
            Short("manager"), Short("source"), OneOf("channel", InquiryChannels, true), Short("campaign"), Short("region"),
            Short("segment"), Short("lead"), Short("deal"), Short("customer"),
        ]),
        new("inquiry.answered", "inquiry", [Short("manager"), Flag("automated")]),
        new("call.recorded", "call",
        [
            OneOf("direction", ["inbound", "outbound"], true), Short("manager"), Whole("talkSeconds", 0, 864_000, true),
            Whole("waitSeconds", 0, 864_000), Flag("missed"), Long("recordingUrl"), Short("lead"), Short("deal"),
            Short("customer"),
        ]),

        new("ticket.opened", "ticket", [Short("customer"), Flag("complaint"), Short("manager"), Short("priority")]),
        new("ticket.answered", "ticket", [Short("manager")]),
        new("ticket.resolved", "ticket", [Short("manager")]),
        new("ticket.reopened", "ticket", [Short("manager")]),
        new("survey.responded", "survey",
        [
            OneOf("kind", ["nps", "csat", "csi", "ces", "employee"], true), Numeric("score", 0, 1_000, true),
            Numeric("scaleMax", 1, 1_000, true), .. Party, Short("customer"), Short("deal"), Short("ticket"),
            Long("comment"),
        ]) { Rule = SurveyFitsItsScale },

        new("user.provisioned", "user", [Short("name"), Short("role"), Flag("isManager")]),
        new("user.deactivated", "user", [Short("name"), Short("role"), Flag("isManager")]),
        new("user.logged_in", "user", []),
        new("activity.logged", "user", [Needed("kind"), Short("subject")]),
        new("time.logged", "user",
            [Numeric("minutes", 0, 44_640, true), OneOf("category", ["selling", "administrative", "other"], true)]),
        new("suggestion.submitted", "user", [Long("text")]),

        new("task.created", "task", [Short("user"), Flag("automated"), new("due", FieldKind.DayOrTimestamp)]),
        new("task.completed", "task", [Short("user"), Flag("automated"), new("due", FieldKind.DayOrTimestamp)]),
        new("task.overdue", "task", [Short("user"), Flag("automated"), new("due", FieldKind.DayOrTimestamp)]),
        new("process.defined", "process", [Needed("name"), Flag("automated", true)]),
        new("process.retired", "process", [Short("name"), Flag("automated")]),
        new("process.executed", "process", [Flag("automated", true), Short("kind")]),

        new("email.sent", "campaign", [Needed("recipient"), Short("message")]),
        new("email.delivered", "campaign", [Needed("recipient"), Short("message")]),
        new("email.opened", "campaign", [Needed("recipient"), Short("message")]),
        new("email.clicked", "campaign", [Needed("recipient"), Short("message")]),
        new("email.unsubscribed", "campaign", [Needed("recipient"), Short("message")]),
        new("ad.performance", "campaign",
        [
            new("day", FieldKind.Day, true), Needed("channel"), Short("source"),
            Whole("impressions", 0, 1_000_000_000_000, true), Whole("clicks", 0, 1_000_000_000_000, true),
            Amount("cost", true),
        ]),

        new("cost.recorded", "cost",
        [
            OneOf("category",
            [
                "license", "implementation", "integration", "training", "support", "administration", "development",
                "staff_time", "marketing", "sales_salary", "other",
            ], true),
            Amount("amount", true), new("period", FieldKind.Period), Short("channel"), Short("campaign"),
        ]),
        new("benefit.recorded", "benefit",
        [
            OneOf("category", ["extra_sales", "time_saved", "marketing_saved", "churn_avoided", "other"], true),
            Amount("amount", true), new("period", FieldKind.Period),
        ]),
        new("forecast.submitted", "forecast",
            [new("period", FieldKind.Period, true), Amount("amount", true), Short("manager")]),

        new("record.completeness", EventType.AnyRecord,
            [Whole("required", 0, 10_000, true), Whole("filled", 0, 10_000, true)]),
        new("duplicate.detected", EventType.AnyRecord, [Needed("of")]),
        new("duplicate.resolved", EventType.AnyRecord, [Needed("of")]),

        new("tenant.registered", EventType.Tenant, Settings),
        new("tenant.settings_changed", EventType.Tenant, Settings),
        new("tenant.crm_launched", EventType.Tenant, [new("date", FieldKind.Day, true)])
        {
            Rule = GoalRules.LaunchIsADay,
        },
        new("tenant.baseline_set", EventType.Tenant,
            [new("from", FieldKind.Day, true), new("to", FieldKind.Day, true)]) { Rule = GoalRules.BaselineIsAPeriod },
        new("tenant.target_set", EventType.Tenant,
        [
            Needed("kpi"), Numeric("value", -Money.UnitsMax, Money.UnitsMax, true), new("due", FieldKind.Day, true),
            Map("filters", ListOf("", Short(""))), OneOf("path", [.. Target.PathNames]), OneOf("per", [.. Target.PerNames]),
            new("from", FieldKind.Day), Numeric("start", -Money.UnitsMax, Money.UnitsMax),
        ]) { Rule = GoalRules.TargetIsWhole },
        new("tenant.pipeline_defined", EventType.Tenant,
        [
            Needed("pipeline"), Short("name"),
            ListOf("stages", Object("", Needed("id"), Short("name"), OneOf("semantic", Semantics),
                Whole("stuckDays", 1, StuckDaysMax)), true),
        ]),
        new("tenant.calendar_set", EventType.Tenant,
        [
            WorkingHours, ListOf("holidays", new("", FieldKind.Day)), Whole("fiscalYearStartMonth", 1, 12),
        ]),
        new(FxRateSet, EventType.Tenant,
        [
            new("day", FieldKind.Day, true), new("from", FieldKind.Currency, true), new("to", FieldKind.Currency, true),
            Numeric("rate", 0.000_000_001m, 1_000_000_000m, true),
        ]),
    ];

    private static EventField Probability => Numeric("probability", 0, 100);

    private static readonly FrozenDictionary<string, EventType> ByName = All.ToFrozenDictionary(t => t.Name);

    private static readonly FrozenDictionary<string, EventType>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> RecordKinds =
        All.Select(t => t.Stream).Where(s => s is not (EventType.AnyRecord or EventType.Tenant)).ToFrozenSet()
            .GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly int NameBytesMax = All.Max(t => t.Name.Length);

    /// <summary>The type of this name, or null.</summary>
    public static EventType? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The type of this name in UTF-8, or null; allocates nothing.</summary>
    public static EventType? Find(ReadOnlySpan<byte> utf8Name)
    {
        if (utf8Name.Length > NameBytesMax)
            return null;
        Span<char> chars = stackalloc char[utf8Name.Length];
        return Ascii.ToUtf16(utf8Name, chars, out _) == System.Buffers.OperationStatus.Done
            && BySpan.TryGetValue(chars, out var type) ? type : null;
    }

    /// <summary>Whether a kind of stream holds records, which can be complete or duplicates.</summary>
    internal static bool IsRecordKind(ReadOnlySpan<char> kind) => RecordKinds.Contains(kind);

    // NPS is defined on 0 to 10 and on whole numbers; a response on another scale cannot be told apart into its groups.
    private static EventProblem? SurveyFitsItsScale(ReadOnlySpan<byte> data)
    {
        var fields = new JsonFields(data);
        var (score, scaleMax) = (fields.Number("score"u8), fields.Number("scaleMax"u8));
        if (score > scaleMax)
            return new(EventProblem.Codes.OutOfRange, $"'score' must not exceed 'scaleMax' ({scaleMax}).", "/data/score");
        if (fields.Text("kind"u8) != "nps")
            return null;
        if (scaleMax != 10)
            return new(EventProblem.Codes.OutOfRange, "'scaleMax' must be 10 for kind nps.", "/data/scaleMax");
        return score % 1 == 0
            ? null : new(EventProblem.Codes.OutOfRange, "'score' must be a whole number for kind nps.", "/data/score");
    }

    private static EventField Short(string name) => new(name, Text);

    private static EventField Needed(string name) => new(name, Text, true);

    private static EventField Long(string name) => new(name, Text) { CharsMax = EventField.LongTextCharsMax };

    private static EventField Flag(string name, bool required = false) => new(name, FieldKind.Boolean, required);

    private static EventField Amount(string name, bool required = false) => new(name, FieldKind.Money, required);

    private static EventField Whole(string name, decimal min, decimal max, bool required = false) =>
        new(name, Integer, required) { Min = min, Max = max };

    private static EventField Numeric(string name, decimal min, decimal max, bool required = false) =>
        new(name, Number, required) { Min = min, Max = max };

    private static EventField OneOf(string name, string[] values, bool required = false) =>
        new(name, FieldKind.Enum, required) { Values = values };

    private static EventField ListOf(string name, EventField element, bool required = false) =>
        new(name, List, required) { Fields = [element] };

    private static EventField RequiredOf(string record) => ListOf(record, Short(""));

    private static EventField Map(string name, EventField element) => new(name, FieldKind.Map) { Fields = [element] };

    private static EventField Object(string name, params EventField[] fields) =>
        new(name, FieldKind.Object) { Fields = fields };

    // The same fields with one of them required.
    private static EventField[] Needing(EventField[] fields, string name) =>
        [.. fields.Select(f => f.Name == name ? f with { Required = true } : f)];
}
