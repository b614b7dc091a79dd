using System.Globalization;
using System.Text.Json;

namespace CrmKpi.Testing;

/// <summary>
/// A made-up tenant of two years whose history has everything that goes wrong: events that come late, twice, corrected;
/// deals reopened, deleted and merged; customers merged; amounts in three currencies with rates missing on holidays and
/// one that never comes; a time zone with changes of the clock. The same for the same seed. No two events of a stream
/// happen at the same microsecond.
/// </summary>
public sealed class GeneratedTenant
{
    /// <summary>Days without a purchase after which a customer is inactive.</summary>
    public const int InactivityDays = 75;

    /// <summary>The limit of days in a stage that has none of its own.</summary>
    public const int StuckDays = 20;

    /// <summary>The limit of days in the stage <c>offer</c>.</summary>
    public const int OfferStuckDays = 8;

    /// <summary>Activities below which a deal was won past the CRM.</summary>
    public const int BypassActivities = 2;

    /// <summary>The revenue wanted of each month, in the tenant's currency.</summary>
    public const int MonthlyRevenueTarget = 900_000;

    /// <summary>The stages of the pipeline <c>main</c> in their order.</summary>
    public static IReadOnlyList<string> Stages => StageIds;

    /// <summary>When the history begins.</summary>
    public static readonly DateTimeOffset Start = new(2023, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const int Days = 730;

    private static readonly string[] StageIds = ["new", "qualified", "offer", "contract"];

    private static readonly string[] Zones = ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Europe/Moscow"];
    private static readonly string[] Managers = [.. Enumerable.Range(1, 20).Select(i => $"m{i}")];
    private static readonly string[] Sources = ["ads", "organic", "referral", "partner"];
    private static readonly string[] Channels = ["search", "social", "email"];
    private static readonly string[] Campaigns = ["spring", "autumn", "brand"];

    private readonly Random _random;
    private readonly List<(double Arrival, SampleEvent Event)> _events = [];
    private int _ids;

    private GeneratedTenant(int seed)
    {
        _random = new Random(seed);
        Zone = Pick(Zones);
        Purchases = Pick("deals", "payments");
    }

    /// <summary>IANA time zone.</summary>
    public string Zone { get; }

    /// <summary>What counts as a purchase: <c>deals</c> or <c>payments</c>.</summary>
    public string Purchases { get; }

    /// <summary>The tenant's currency.</summary>
    public const string Currency = "EUR";

    /// <summary>The settings, then the history in the order in which it arrives.</summary>
    public IReadOnlyList<SampleEvent> Events { get; private set; } = [];

    /// <summary>Makes so many events, and the settings before them; a few of them are sent twice.</summary>
    public static GeneratedTenant Make(int seed, int events)
    {
        var tenant = new GeneratedTenant(seed);
        tenant.AddUsers();
        tenant.AddMoney();
        tenant.AddProcesses();
        for (var number = 0; tenant._events.Count < events; number++)
            tenant.AddStory(number);
        var arrived = tenant._events.OrderBy(e => e.Arrival).Select(e => e.Event).Take(events);
        tenant.Events = [.. tenant.Settings(), .. arrived.SelectMany(tenant.SentOnceOrTwice)];
        return tenant;
    }

    private IEnumerable<SampleEvent> SentOnceOrTwice(SampleEvent e) => _random.Next(50) == 0 ? [e, e] : [e];

    private IEnumerable<SampleEvent> Settings()
    {
        var hours = string.Join(",", new[] { "mon", "tue", "wed", "thu", "fri" }.Select(d => $"\"{d}\":{{\"from\":\"09:00\",\"to\":\"18:00\"}}"));
        var stages = string.Join(",", StageIds.Select(s => s == "offer"
            ? $"{{\"id\":\"{s}\",\"stuckDays\":{OfferStuckDays}}}" : $"{{\"id\":\"{s}\"}}"));
        return
        [
            Setting("tenant.registered", $"{{\"name\":\"Generated\",\"timeZone\":\"{Zone}\",\"currency\":\"{Currency}\"}}"),
            Setting("tenant.settings_changed", $"{{\"inactivityDays\":{InactivityDays},\"purchaseSource\":\"{Purchases}\","
                + $"\"stuckDays\":{StuckDays},\"bypassActivities\":{BypassActivities}}}"),
            Setting("tenant.pipeline_defined", $"{{\"pipeline\":\"main\",\"stages\":[{stages}]}}"),
            Setting("tenant.target_set", $"{{\"kpi\":\"revenue\",\"value\":{MonthlyRevenueTarget},\"start\":{MonthlyRevenueTarget},"
                + "\"per\":\"month\",\"from\":\"2022-06-01\",\"due\":\"2026-12-31\"}"),
            Setting("tenant.calendar_set", $"{{\"workingHours\":{{{hours}}},\"holidays\":[\"2023-05-01\",\"2024-05-01\"]}}"),
        ];
    }

    private SampleEvent Setting(string type, string data) => new($"s{_ids++}", type, "tenant", Start.AddDays(-30).AddSeconds(_ids), data);

    private void AddUsers()
    {
        foreach (var manager in Managers)
        {
            var at = At(0, 200);
            if (_random.Next(5) > 0)
                Add($"user/{manager}", "user.provisioned", at, ("name", manager));
            for (var i = 0; i < 60; i++)
            {
                Add($"user/{manager}", "user.logged_in", At(0, Days));
                Add($"user/{manager}", "activity.logged", At(0, Days), ("kind", Pick("call", "email", "meeting", "note")));
                if (i % 3 == 0)
                    Add($"user/{manager}", "time.logged", At(0, Days), ("minutes", _random.Next(1, 480)),
                        ("category", Pick("selling", "administrative", "other")));
            }
            if (_random.Next(2) == 0)
                Add($"user/{manager}", "suggestion.submitted", At(0, Days), ("text", "more coffee"));
            if (_random.Next(3) == 0)
            {
                var left = At(300, 600);
                Add($"user/{manager}", "user.deactivated", left);
                if (_random.Next(2) == 0)
                    Add($"user/{manager}", "user.provisioned", left.AddDays(_random.Next(1, 90)));
            }
        }
    }

    private void AddMoney()
    {
        for (var day = -5; day < Days; day++)
            if (Start.AddDays(day).DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && (day < 400 || day > 430))
            {
                Rate(day, "USD", "EUR", 0.9m + _random.Next(2_000) / 10_000m);
                if (_random.Next(20) == 0)
                    Rate(day, "USD", "EUR", 0.8m + _random.Next(2_000) / 10_000m);
                Rate(day, "EUR", "RUB", 80 + _random.Next(4_000) / 100m);
            }
        for (var month = 0; month < 24; month++)
        {
            var first = DateOnly.FromDateTime(Start.UtcDateTime).AddMonths(month);
            var last = first.AddMonths(1).AddDays(-1);
            foreach (var category in new[] { "license", "marketing", "sales_salary", "support" })
            {
                var at = At(month * 30, month * 30 + 20);
                for (var times = _random.Next(1, 3); times > 0; times--, at = at.AddDays(1))
                    Add($"cost/{category}-{month}", "cost.recorded", at, ("category", category), ("amount", Amount(20_000)),
                        ("period", Period(first, last)), ("channel", category == "marketing" ? Pick(Channels) : null),
                        ("campaign", category == "marketing" ? Pick(Campaigns) : null));
            }
            if (month >= 6)
                Add($"benefit/{month}", "benefit.recorded", At(month * 30, month * 30 + 20),
                    ("category", Pick("extra_sales", "time_saved")), ("amount", Amount(60_000)), ("period", Period(first, last)));
            for (var revision = 0; revision < 3; revision++)
                Add($"forecast/{month}", "forecast.submitted", At(month * 30 - 25, month * 30 + 12),
                    ("period", Period(first, last)), ("amount", Amount(400_000)), ("manager", Pick(Managers)));
        }
        for (var day = 0; day < Days; day += 3)
        {
            var at = At(day + 1, day + 2);
            for (var times = _random.Next(1, 3); times > 0; times--, at = at.AddHours(3))
                Add($"campaign/{Pick(Campaigns)}", "ad.performance", at,
                    ("day", Day(Start.AddDays(day))), ("channel", Pick(Channels)), ("source", Pick("ads", null)),
                    ("impressions", _random.Next(1_000, 90_000)), ("clicks", _random.Next(10, 900)), ("cost", Amount(500)),
                    ("campaign", null));
        }
    }

    private void AddProcesses()
    {
        for (var i = 0; i < 12; i++)
        {
            var at = At(0, 300);
            Add($"process/p{i}", "process.defined", at, ("name", $"p{i}"), ("automated", i % 3 == 0));
            for (var run = 0; run < 60; run++)
                Add($"process/p{i}", "process.executed", At(0, Days), ("automated", _random.Next(3) > 0), ("kind", Pick("task", "mailing", null)));
            if (i % 4 == 0)
                Add($"process/p{i}", "process.retired", at.AddDays(_random.Next(30, 300)));
        }
    }

    private void AddStory(int number)
    {
        var lead = $"l{number}";
        var at = At(0, Days);
        Add($"lead/{lead}", "lead.created", at, [.. Party(), ("fields", Fields())]);
        if (_random.Next(3) == 0)
            Add($"lead/{lead}", "lead.assigned", Later(ref at, 0.5), ("manager", Pick(Managers)));
        AddInquiry(number, lead, at);
        if (_random.Next(8) == 0)
            Add($"lead/{lead}", "lead.status_changed", Later(ref at, 2), ("status", "s"), ("semantic", Pick("open", "failure")));
        switch (_random.Next(10))
        {
            case < 5:
                AddDeal(number, lead, at);
                break;
            case < 8:
                Add($"lead/{lead}", "lead.lost", Later(ref at, 20), ("reason", Pick("price", "silence", null)),
                    ("cause", Pick("organisational", "demand", null)), ("dead", Pick("spam", "duplicate", null, null)));
                break;
            case 8:
                Add($"lead/{lead}", "lead.converted", Later(ref at, 20), ("customer", Customer()));
                break;
        }
        if (_random.Next(3) == 0)
            AddService(number);
        if (_random.Next(4) == 0)
            AddShopping();
        if (_random.Next(6) == 0)
            AddQuality($"lead/{lead}", at);
    }

    private void AddInquiry(int number, string lead, DateTimeOffset at)
    {
        if (_random.Next(4) == 0)
        {
            Add($"call/{number}", "call.recorded", Later(ref at, 1), ("direction", Pick("inbound", "outbound")),
                ("talkSeconds", _random.Next(600)), ("waitSeconds", Maybe(_random.Next(120))), ("missed", Pick<bool?>(true, false, null)),
                ("manager", Pick(Managers)), ("lead", Pick(lead, null)));
            return;
        }
        Add($"inquiry/{number}", "inquiry.received", Later(ref at, 0.2), ("channel", Pick("form", "chat", "email")),
            ("lead", Pick(lead, lead, null)), ("manager", Pick(Managers)));
        if (_random.Next(3) == 0)
            Add($"inquiry/{number}", "inquiry.answered", Later(ref at, 0.01), ("automated", true));
        for (var answers = _random.Next(3); answers > 0; answers--)
            Add($"inquiry/{number}", "inquiry.answered", Later(ref at, 3), ("manager", Pick(Managers)));
    }

    private void AddDeal(int number, string lead, DateTimeOffset at)
    {
        var (deal, customer) = ($"d{number}", Customer());
        var stream = $"deal/{deal}";
        Add(stream, "deal.created", Later(ref at, 3), [.. Party(), ("stage", "new"), ("pipeline", "main"),
            ("lead", Pick(lead, lead, lead, null)), ("amount", Maybe(Amount(9_000))), ("expectedClose", Day(at.AddDays(30))),
            ("probability", Maybe(_random.Next(101))), ("product", Pick("basic", "pro", null))]);
        if (_random.Next(3) == 0)
            Add($"lead/{lead}", "lead.converted", Later(ref at, 1), ("deal", deal));
        for (var steps = _random.Next(6); steps > 0; steps--)
            Add(stream, "deal.stage_changed", Later(ref at, 12), ("stage", Pick(StageIds)));
        for (var steps = _random.Next(3); steps > 0; steps--)
            Add(stream, "deal.amount_changed", Later(ref at, 8), ("amount", Amount(9_000)));
        for (var steps = _random.Next(3); steps > 0; steps--)
            Add(stream, "deal.expected_close_changed", Later(ref at, 8), ("expectedClose", Day(at.AddDays(_random.Next(5, 60)))));
        for (var steps = _random.Next(5); steps > 0; steps--)
            Add($"user/{Pick(Managers)}", "activity.logged", Later(ref at, 2), ("kind", "deal_updated"), ("subject", stream));
        if (_random.Next(4) == 0)
            Add(stream, "deal.assigned", Later(ref at, 4), ("manager", Pick(Managers)));
        AddEnd(stream, customer, ref at);
        if (_random.Next(10) == 0)
        {
            Add(stream, "deal.reopened", Later(ref at, 20), ("stage", Pick("offer", null)));
            AddEnd(stream, customer, ref at);
        }
        if (_random.Next(30) == 0)
            Add(stream, "deal.deleted", Later(ref at, 20));
        else if (_random.Next(40) == 0)
            Add(stream, "deal.merged", Later(ref at, 20), ("into", $"d{_random.Next(number + 1)}"));
    }

    private void AddEnd(string stream, string customer, ref DateTimeOffset at)
    {
        switch (_random.Next(5))
        {
            case 0 or 1:
                Add(stream, "deal.won", Later(ref at, 25), ("amount", Amount(9_000)), ("margin", null), ("customer", customer));
                break;
            case 2 or 3:
                Add(stream, "deal.lost", Later(ref at, 25), ("reason", Pick("price", "timing", null)),
                    ("cause", Pick("competitor", null)), ("stage", Pick("offer", null)), ("amount", Maybe(Amount(9_000))));
                break;
        }
    }

    private void AddShopping()
    {
        var (customer, at) = (Customer(), At(0, Days));
        if (_random.Next(2) == 0)
            Add($"customer/{customer}", "customer.registered", at, Party());
        for (var times = _random.Next(1, 4); times > 0; times--)
        {
            var purchase = $"p{_ids}";
            Add($"customer/{customer}", "purchase.made", Later(ref at, 90), ("purchase", purchase), ("amount", Amount(900)));
            if (_random.Next(12) == 0)
                Add($"customer/{customer}", "purchase.refunded", Later(ref at, 5), ("purchase", purchase), ("amount", Euros(100)));
        }
        if (_random.Next(15) == 0)
            Add($"customer/{customer}", "customer.lost", Later(ref at, 60), ("reason", "moved"));
        if (_random.Next(25) == 0)
            Add($"customer/{customer}", "customer.merged", Later(ref at, 60), ("into", $"c{int.Parse(customer[1..], null) + 1_000}"));
    }

    private void AddService(int number)
    {
        var (ticket, at) = ($"ticket/t{number}", At(0, Days));
        Add(ticket, "ticket.opened", at, ("complaint", Pick<bool?>(true, false, null)), ("manager", Pick(Managers)), ("priority", Pick("high", null)));
        if (_random.Next(4) > 0)
            Add(ticket, "ticket.answered", Later(ref at, 1));
        if (_random.Next(4) > 0)
            Add(ticket, "ticket.resolved", Later(ref at, 5));
        if (_random.Next(6) == 0)
        {
            Add(ticket, "ticket.reopened", Later(ref at, 5));
            if (_random.Next(3) > 0)
                Add(ticket, "ticket.resolved", Later(ref at, 5));
        }
        var kind = Pick("nps", "csat", "csi", "employee", "ces");
        Add($"survey/{number}", "survey.responded", At(0, Days), ("kind", kind), ("score", _random.Next(kind == "nps" ? 11 : 6)),
            ("scaleMax", kind == "nps" ? 10 : 5), ("manager", Pick(Managers)));
        at = At(0, Days);
        var (due, task) = (Day(at.AddDays(_random.Next(1, 9))), $"task/{number}");
        Add(task, "task.created", at, ("user", Pick(Managers)), ("due", due));
        if (_random.Next(3) > 0)
            Add(task, "task.completed", Later(ref at, 9));
        at = At(0, Days);
        var (campaign, recipient) = ($"campaign/{Pick(Campaigns)}", $"r{_random.Next(500)}");
        foreach (var type in new[] { "email.sent", "email.delivered", "email.opened", "email.clicked", "email.unsubscribed" }
            .Take(_random.Next(1, 6)))
            for (var times = _random.Next(1, 3); times > 0; times--)
                Add(campaign, type, Later(ref at, 1), ("recipient", recipient), ("message", $"{number}"));
    }

    private void AddQuality(string stream, DateTimeOffset at)
    {
        var required = _random.Next(1, 9);
        Add(stream, "record.completeness", Later(ref at, 30), ("required", required), ("filled", _random.Next(required + 1)));
        if (_random.Next(2) == 0)
            Add(stream, "duplicate.detected", Later(ref at, 30), ("of", "lead/other"));
        if (_random.Next(3) == 0)
            Add(stream, "duplicate.resolved", Later(ref at, 30), ("of", "lead/other"));
    }

    private (string, object?)[] Party() =>
    [
        ("manager", Pick(Pick(Managers), null)), ("source", Pick(Pick(Sources), null)), ("channel", Pick(Pick(Channels), null)),
        ("campaign", Pick(Pick(Campaigns), null)), ("region", Pick("north", "south", null)), ("segment", Pick("smb", null, null)),
    ];

    private object? Fields() => _random.Next(3) > 0 ? null
        : new Dictionary<string, bool> { ["phone"] = _random.Next(2) == 0, ["email"] = _random.Next(2) == 0, ["city"] = true };

    private void Rate(int day, string from, string to, decimal rate) => Add("tenant", "fx.rate_set",
        Start.AddDays(day).AddSeconds(_random.Next(86_400)), ("day", Day(Start.AddDays(day))), ("from", from), ("to", to), ("rate", rate));

    private string Customer() => $"c{_random.Next(1_500)}";

    /// <summary>Half in the tenant's currency, some without one; pounds never have a rate.</summary>
    private object Amount(int max) => _random.Next(6) switch
    {
        0 => Cents(max),
        1 or 2 => new { amount = Cents(max), currency = Pick("USD", "RUB", "RUB", "USD", "USD", "GBP") },
        _ => Euros(max),
    };

    private object Euros(int max) => new { amount = Cents(max), currency = "EUR" };

    private string Cents(int max) => (_random.Next(1, max * 100) / 100m).ToString(CultureInfo.InvariantCulture);

    private static object Period(DateOnly from, DateOnly to) =>
        new { from = from.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), to = to.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) };

    private static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private DateTimeOffset At(int fromDay, int toDay) =>
        Start.AddDays(fromDay + _random.NextDouble() * (toDay - fromDay)).AddTicks(_random.Next(10_000_000));

    private DateTimeOffset Later(ref DateTimeOffset at, double daysMax) =>
        at = at.AddDays(0.0001 + _random.NextDouble() * daysMax).AddTicks(10 * _random.Next(1, 1_000_000));

    private object? Maybe(object value) => _random.Next(2) == 0 ? value : null;

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    // One in ten comes late, by up to two months.
    private void Add(string stream, string type, DateTimeOffset at, params (string Name, object? Value)[] data)
    {
        at = new DateTimeOffset(at.UtcTicks / 10 * 10, TimeSpan.Zero);
        var late = _random.Next(10) == 0 ? _random.NextDouble() * 60 : 0;
        var fields = data.Where(d => d.Value is not null).ToDictionary(d => d.Name, d => d.Value);
        _events.Add(((at - Start).TotalDays + late,
            new SampleEvent($"e{_ids++}", type, stream, at, JsonSerializer.Serialize(fields))));
    }
}
