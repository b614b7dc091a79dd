using System.Text;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Folding;

/// <summary>Histories full of what goes wrong in practice: equal times, reopened deals, changed links, repeated purchases.</summary>
internal sealed class RandomHistory(int seed)
{
    private static readonly string[] Zones =
        ["UTC", "Europe/Moscow", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"];

    private readonly Random _random = new(seed);

    public TenantSettings Settings()
    {
        var stages = new StageDefinition[]
        {
            new("new", "New", StageSemantic.Open, null), new("offer", "Offer", StageSemantic.Open, 5),
            new("won", "Won", StageSemantic.Success, null), new("lost", "Lost", StageSemantic.Failure, null),
        };
        (int, int)? day = (9 * 60, 18 * 60);
        return new TenantSettings
        {
            TimeZone = Pick(Zones),
            InactivityDays = Pick(30, 90, 180),
            PurchaseSource = Pick(PurchaseSource.Deals, PurchaseSource.Payments),
            StuckDays = Pick(3, 30),
            BypassActivities = Pick(1, 2, 3),
            RequiredFields = _random.Next(2) == 0 ? new Dictionary<string, IReadOnlyList<string>>()
                : new Dictionary<string, IReadOnlyList<string>> { ["lead"] = ["f0", "f2"], ["deal"] = ["f1"] },
            Pipelines = _random.Next(3) == 0 ? new Dictionary<string, IReadOnlyList<StageDefinition>>()
                : new Dictionary<string, IReadOnlyList<StageDefinition>> { ["main"] = stages },
            Calendar = _random.Next(2) == 0 ? null
                : new WorkingCalendar([null, day, day, day, day, day, (0, 1440)], new HashSet<DateOnly>()),
        };
    }

    public LogEvent[] Events(int count)
    {
        var events = new LogEvent[count];
        for (var i = 0; i < count; i++)
        {
            var (stream, type, data) = Next();
            var bytes = Encoding.UTF8.GetBytes(data.Replace('\'', '"'));
            Assert.Empty(EventValidator.Validate(EventTypes.Find(type)!, bytes));
            // Few different minutes, so that times are often equal; around changes of the clock.
            var micros = 1_320_000_000_000_000L + _random.Next(900) * 86_400_000_000L + _random.Next(3) * 37_800_000_000L;
            events[i] = new LogEvent(i + 1, stream, type, micros, bytes);
        }
        return events;
    }

    private (string Stream, string Type, string Data) Next() => _random.Next(21) switch
    {
        11 or 12 or 13 => User(),
        14 => Task(),
        15 => Process(),
        16 => Record(),
        10 => ("tenant", "fx.rate_set", Data($"'day':'2012-0{_random.Next(1, 10)}-01'", $"'from':'{Pick("USD", "EUR", "RUB")}'",
            $"'to':'{Pick("RUB", "RUB", "USD")}'", $"'rate':{_random.Next(1, 9_999)}e-2")),
        17 => Call(),
        18 => Ticket(),
        19 => Campaign(),
        20 => Planned(),
        0 or 1 => Lead(),
        2 or 3 or 4 or 5 => Deal(),
        6 or 7 => Customer(),
        8 => Inquiry(),
        _ => Other(),
    };

    private (string, string, string) Lead() => ($"lead/{Id("l")}", Pick("lead.created", "lead.assigned", "lead.status_changed",
        "lead.converted", "lead.lost")) switch
    {
        (var lead, "lead.created") => (lead, "lead.created", Data(Dims(), Fields(), Maybe("'utm':{'source':'ya','campaign':'c9'}"),
            Maybe("'firstContact':'2012-05-01T10:00:00+03:00'"))),
        (var lead, "lead.assigned") => (lead, "lead.assigned", Data($"'manager':'{Id("m")}'")),
        (var lead, "lead.status_changed") => (lead, "lead.status_changed", Data("'status':'s'", Dims(), Fields(),
            Maybe($"'semantic':'{Pick("open", "failure", "success")}'"))),
        (var lead, "lead.converted") => (lead, "lead.converted",
            Data(Maybe($"'deal':'{Id("d")}'"), Maybe($"'customer':'{Id("c")}'"))),
        var (lead, type) => (lead, type, Data(Maybe($"'reason':'{Id("r")}'"), Maybe("'cause':'organisational'"), Maybe("'dead':'spam'"))),
    };

    private (string, string, string) Deal()
    {
        var deal = $"deal/{Id("d")}";
        var stage = $"'stage':'{Pick("new", "offer", "won", "lost", "other")}'";
        var amount = $"'amount':{{'amount':'{_random.Next(-50, 100_000) / 100m}','currency':'{Pick("RUB", "RUB", "RUB", "USD")}'}}";
        var links = Data(Maybe($"'customer':'{Id("c")}'"), Maybe($"'lead':'{Id("l")}'"))[1..^1];
        return _random.Next(13) switch
        {
            12 => (deal, "deal.expected_close_changed", Data(Expected())),
            0 or 1 => (deal, "deal.created", Data(stage, Maybe(amount), links, Dims(), Maybe("'pipeline':'main'"),
                Maybe($"'probability':{_random.Next(1000) / 10m}"), Maybe(Expected()), Fields())),
            2 or 3 or 4 => (deal, "deal.stage_changed", Data(stage, Maybe($"'semantic':'{Pick("open", "success")}'"), Dims())),
            5 => (deal, "deal.amount_changed", Data(amount)),
            6 or 7 => (deal, "deal.won", Data(amount, links, Maybe("'margin':3.5"))),
            8 => (deal, "deal.lost", Data(Maybe(stage), Maybe(amount), Maybe("'reason':'price'"))),
            9 => (deal, "deal.reopened", Data(Maybe(stage))),
            10 => (deal, Pick("deal.deleted", "deal.merged"), "{'into':'d0'}"),
            _ => (deal, "deal.assigned", Data($"'manager':'{Id("m")}'")),
        };
    }

    private (string, string, string) Customer()
    {
        var customer = $"customer/{Id("c")}";
        var purchase = $"'purchase':'{Id("p")}','amount':{_random.Next(10_000) / 100m}";
        return _random.Next(6) switch
        {
            0 => (customer, Pick("customer.registered", "customer.updated"), Data(Dims(), Fields())),
            1 => (customer, Pick("customer.lost", "customer.lost", "customer.merged"), Data($"'into':'{Id("c")}'")),
            2 => (customer, "purchase.refunded", Data(purchase, Maybe($"'deal':'{Id("d")}'"), Maybe("'margin':1"))),
            _ => (customer, "purchase.made", Data(purchase, Maybe($"'deal':'{Id("d")}'"), Maybe("'margin':'2.25'"), Dims())),
        };
    }

    private (string, string, string) Inquiry() => _random.Next(2) == 0
        ? ($"inquiry/{Id("i")}", "inquiry.received", Data("'channel':'chat'", Maybe($"'lead':'{Id("l")}'"), Maybe("'region':'r'")))
        : ($"inquiry/{Id("i")}", "inquiry.answered", Data(Maybe($"'manager':'{Id("m")}'"), Maybe("'automated':true")));

    private (string, string, string) Call() => ($"call/{Id("k")}", "call.recorded", Data(
        $"'direction':'{Pick("inbound", "outbound")}'", $"'talkSeconds':{_random.Next(3) * 40}",
        Maybe($"'waitSeconds':{_random.Next(90)}"), Maybe($"'missed':{Pick("true", "false")}"),
        Maybe($"'manager':'{Id("m")}'"), Maybe($"'lead':'{Id("l")}'"), Maybe($"'deal':'{Id("d")}'")));

    private (string, string, string) Ticket() =>
        ($"ticket/{Id("t")}", Pick("ticket.opened", "ticket.answered", "ticket.resolved", "ticket.reopened")) switch
        {
            (var ticket, "ticket.opened") => (ticket, "ticket.opened", Data(Maybe($"'complaint':{Pick("true", "false")}"),
                Maybe("'priority':'high'"), Maybe($"'manager':'{Id("m")}'"), Maybe($"'customer':'{Id("c")}'"))),
            var (ticket, type) => (ticket, type, Data(Maybe($"'manager':'{Id("m")}'"))),
        };

    private (string, string, string) Campaign() => _random.Next(3) == 0
        ? ($"campaign/{Id("a")}", "ad.performance", Data($"'day':'2012-03-0{_random.Next(1, 4)}'", $"'channel':'{Id("h")}'",
            Maybe("'source':'ya'"), $"'impressions':{_random.Next(900)}", $"'clicks':{_random.Next(90)}", $"'cost':{_random.Next(99)}"))
        : ($"campaign/{Id("a")}",
            Pick("email.sent", "email.delivered", "email.opened", "email.clicked", "email.unsubscribed"),
            Data($"'recipient':'{Id("r")}'", Maybe("'message':'m1'")));

    private (string, string, string) Planned()
    {
        var amount = $"'amount':{_random.Next(-99, 999) / 7m:0.0000}";
        var period = $"'period':{{'from':'2012-02-05','to':'2012-0{_random.Next(3, 9)}-11'}}";
        return _random.Next(2) == 0
            ? ($"benefit/{Id("b")}", "benefit.recorded", Data("'category':'time_saved'", amount, Maybe(period)))
            : ($"forecast/{Id("f")}", "forecast.submitted", Data(amount, period, Maybe($"'manager':'{Id("m")}'")));
    }

    private (string, string, string) Other() => _random.Next(2) == 0
        ? ($"survey/{Id("s")}", "survey.responded",
            Data($"'kind':'{Pick("csat", "csi", "ces", "employee")}','score':{_random.Next(50) / 10m},'scaleMax':5", Dims()))
        : ($"cost/{Id("k")}", "cost.recorded", Data($"'category':'license','amount':{_random.Next(1, 999) / 7m:0.0000}",
            Maybe($"'period':{{'from':'2012-01-05','to':'2012-0{_random.Next(2, 9)}-11'}}")));

    private (string, string, string) User()
    {
        var user = $"user/{Id("u")}";
        return _random.Next(8) switch
        {
            0 => (user, "user.provisioned", Data(Maybe("'name':'N'"), Maybe("'isManager':true"))),
            1 => (user, "user.deactivated", Data(Maybe("'role':'sales'"))),
            2 => (user, "user.logged_in", "{}"),
            3 => (user, "time.logged", Data($"'minutes':{_random.Next(999) / 8m}", $"'category':'{Pick("selling", "administrative")}'")),
            4 => (user, "suggestion.submitted", "{}"),
            5 => ($"call/{Id("x")}", "call.recorded", Data("'direction':'outbound','talkSeconds':60", Maybe($"'deal':'{Id("d")}'"))),
            _ => (user, "activity.logged", Data($"'kind':'{Id("k")}'", Maybe($"'subject':'{Pick("deal", "lead")}/{Id("d")}'"))),
        };
    }

    private (string, string, string) Task() => ($"task/{Id("t")}", Pick("task.created", "task.completed", "task.overdue"),
        Data(Maybe($"'user':'{Id("u")}'"), Maybe("'automated':true"), Maybe(Expected().Replace("expectedClose", "due"))));

    private (string, string, string) Process() => ($"process/{Id("p")}", Pick("process.defined", "process.retired", "process.executed"),
        Data("'name':'P'", $"'automated':{Pick("true", "false")}", Maybe($"'kind':'{Id("k")}'")));

    private (string, string, string) Record()
    {
        var record = Pick("lead/l", "deal/d", "customer/c", "task/t") + _random.Next(4);
        return _random.Next(2) == 0
            ? (record, "record.completeness", Data($"'required':{_random.Next(9)}", $"'filled':{_random.Next(9)}"))
            : (record, Pick("duplicate.detected", "duplicate.resolved"), Data($"'of':'{Id("r")}'"));
    }

    private string Expected() => $"'expectedClose':'201{Pick("2-05-0", "3-01-0")}{_random.Next(1, 9)}{Pick("", "T23:30:00Z")}'";

    private string? Fields() => Maybe("'fields':{" + string.Join(",", Enumerable.Range(0, 3).Where(_ => _random.Next(2) == 0)
        .Select(i => $"'f{i}':{Pick("true", "false")}")) + "}");

    private string Dims() => string.Join(",", new[] { "manager", "source", "channel", "campaign", "region", "segment" }
        .Where(_ => _random.Next(4) == 0).Select(name => $"'{name}':'{name[..2]}{_random.Next(3)}'"));

    private string Id(string prefix) => prefix + _random.Next(4);

    private string? Maybe(string field) => _random.Next(2) == 0 ? field : null;

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    // Of a field that comes twice the first stays: the door refuses doubles.
    private static string Data(params string?[] fields)
    {
        var text = string.Join(",", fields.Where(f => !string.IsNullOrEmpty(f)));
        return "{" + text + "}";
    }
}
