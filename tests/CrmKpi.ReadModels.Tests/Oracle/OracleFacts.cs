using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>The dimension values of something, by name; a missing one is blank.</summary>
internal sealed class OracleDims : Dictionary<string, string>
{
    private static readonly string[] Party = ["manager", "source", "channel", "campaign", "region", "segment"];

    public string? Value(string name) => this.GetValueOrDefault(name);

    public OracleDims With(string name, string? value)
    {
        var copy = new OracleDims();
        foreach (var (key, held) in this)
            copy[key] = held;
        if (value is not null)
            copy[name] = value;
        return copy;
    }

    /// <summary>Of each field the last value told, by time.</summary>
    public static OracleDims Of(IEnumerable<OracleEvent> sorted, params string[] more)
    {
        var dims = new OracleDims();
        foreach (var e in sorted)
            foreach (var name in Party.Concat(more))
                if (e.Text(name) is { } value)
                    dims[name] = value;
        return dims;
    }

    /// <summary>Of each field the first value told, by time.</summary>
    public static OracleDims FirstOf(IEnumerable<OracleEvent> sorted)
    {
        var dims = new OracleDims();
        foreach (var e in sorted)
            foreach (var name in Party)
                if (e.Text(name) is { } value)
                    dims.TryAdd(name, value);
        return dims;
    }

    public OracleDims FilledFrom(OracleDims? other)
    {
        var copy = With("", null);
        foreach (var name in other is null ? [] : Party)
            if (other!.Value(name) is { } value)
                copy.TryAdd(name, value);
        return copy;
    }
}

internal sealed record OracleVisit(string? Stage, DateTime Entered, DateTime? Left, int Order);

internal sealed class OracleDeal
{
    public required string Id { get; init; }
    public required OracleDims Dims { get; set; }
    public required IReadOnlyList<OracleEvent> Events { get; init; }
    public DateTime At { get; set; }
    public bool Deleted { get; set; }
    public string Status { get; set; } = "open";
    public DateTime? ClosedAt { get; set; }
    public string? LostStage { get; set; }
    public List<OracleVisit> Visits { get; } = [];
    public List<DateTime> Wins { get; } = [];
    public string? Lead { get; set; }
    public DateTime? LeadAt { get; set; }
    public OracleDims? LeadFirst { get; set; }
    public string? Customer { get; set; }
    public decimal Probability { get; set; } = 50;
    public List<(DateTime At, OracleMoney Money)> Amounts { get; } = [];
    public OracleMoney? Amount => Amounts.Count > 0 ? Amounts[^1].Money : null;
    public bool IsWon => !Deleted && Status == "won";
    public List<DateTime> Activities { get; } = [];
    public List<DateTime> Slips { get; } = [];
}

internal sealed class OracleLead
{
    public required string Id { get; init; }
    public required OracleDims Dims { get; init; }
    public required OracleDims First { get; init; }
    public required IReadOnlyList<OracleEvent> Events { get; init; }
    public DateTime At { get; set; }
    public DateTime? Converted { get; set; }
    public DateTime? Lost { get; set; }
    public DateTime? Contact { get; set; }
    public bool Dead { get; set; }
}

internal sealed record OraclePurchase(DateTime At, int Day, List<OracleMoney> Amounts)
{
    /// <summary>The amount of the purchase itself; the others only add to it.</summary>
    public OracleMoney Main => Amounts[0];
}

internal sealed record OracleCustomer(OracleDims Dims, List<OraclePurchase> Purchases, List<(int From, int To)> Active)
{
    public int? First => Purchases.Count > 0 ? Purchases[0].Day : null;

    public bool IsActiveBefore(int day) => Active.Any(i => i.From < day && i.To >= day);
}

internal sealed record OracleInquiry(OracleDims Dims, string? Lead, DateTime At, DateTime? Answered);

/// <summary>What happened, put together by the definitions of the catalogue from nothing but the log.</summary>
internal sealed class OracleFacts
{
    private static readonly string[] Order = [.. GeneratedTenant.Stages];

    private readonly OracleLog _log;

    public OracleFacts(OracleLog log)
    {
        _log = log;
        Deals = [.. log.Of("deal").Select(Deal)];
        Leads = [.. log.Of("lead").Select(Lead)];
        Inquiries = [.. log.Of("inquiry").Select(Inquiry), .. log.Of("call").Select(InboundCall).OfType<OracleInquiry>()];
        Connect();
        Customers = [.. OracleCustomers.Of(log, Deals)];
    }

    public OracleLog Log => _log;
    public List<OracleDeal> Deals { get; }
    public List<OracleLead> Leads { get; }
    public List<OracleInquiry> Inquiries { get; private set; }
    public List<OracleCustomer> Customers { get; }

    /// <summary>The deals that count.</summary>
    public IEnumerable<OracleDeal> Living => Deals.Where(d => !d.Deleted);

    private OracleLead Lead(IReadOnlyList<OracleEvent> events)
    {
        var lead = new OracleLead
        {
            Id = events[0].Id,
            Dims = OracleDims.Of(events),
            First = OracleDims.FirstOf(events),
            Events = events,
            At = events.Where(e => e.Type == "lead.created").Concat(events).First().At,
            Dead = events.Any(e => e.Text("dead") is not null),
        };
        var points = events.Where(e => e.Type is "lead.status_changed" or "lead.converted" or "lead.lost").ToList();
        foreach (var point in Enumerable.Reverse(points))
        {
            if (point.Type != "lead.lost" && point.Text("semantic") != "failure")
                break;
            lead.Lost = point.At;
        }
        var conversions = events.Where(e => e.Type == "lead.converted" && (e.Text("deal") is null || e.Text("customer") is not null));
        lead.Converted = conversions.Select(e => (DateTime?)e.At).Min();
        if (events.LastOrDefault(e => e.Type == "lead.lost" && e.Text("reason") is not null)?.Text("reason") is { } reason)
            lead.Dims["reason"] = reason;
        if (events.LastOrDefault(e => e.Type == "lead.lost" && e.Text("cause") is not null)?.Text("cause") is { } cause)
            lead.Dims["cause"] = cause;
        return lead;
    }

    private static OracleDeal Deal(IReadOnlyList<OracleEvent> events)
    {
        var deal = new OracleDeal
        {
            Id = events[0].Id,
            Dims = OracleDims.Of(events, "pipeline", "product"),
            Events = events,
            At = events.Where(e => e.Type == "deal.created").Concat(events).First().At,
            Lead = events.LastOrDefault(e => e.Text("lead") is not null)?.Text("lead"),
            Customer = events.LastOrDefault(e => e.Text("customer") is not null)?.Text("customer"),
            Probability = events.LastOrDefault(e => e.Number("probability") is not null)?.Number("probability") ?? 50,
        };
        foreach (var e in events)
            if (e.Money("amount") is { } amount)
                deal.Amounts.Add((e.At, amount));
        if (events.LastOrDefault(e => e.Type == "deal.lost" && e.Text("reason") is not null)?.Text("reason") is { } reason)
            deal.Dims["reason"] = reason;
        if (events.LastOrDefault(e => e.Type == "deal.lost" && e.Text("cause") is not null)?.Text("cause") is { } cause)
            deal.Dims["cause"] = cause;
        int? expected = null;
        foreach (var e in events.Where(e => e.DayOf("expectedClose") is not null))
        {
            if (expected is { } before && e.DayOf("expectedClose") > before)
                deal.Slips.Add(e.At);
            expected = e.DayOf("expectedClose");
        }
        Walk(deal, events);
        return deal;
    }

    private static void Walk(OracleDeal deal, IReadOnlyList<OracleEvent> events)
    {
        (string? Stage, DateTime Entered)? here = null;
        foreach (var e in events)
        {
            var stage = e.Text("stage");
            switch (e.Type)
            {
                case "deal.created" or "deal.stage_changed" or "deal.reopened":
                    deal.Deleted = false;
                    if (here is { } now && (stage is null || stage == now.Stage))
                        break;
                    if (here is { } left)
                        Leave(left, e.At);
                    here = (stage ?? deal.Visits.LastOrDefault()?.Stage, e.At);
                    (deal.Status, deal.ClosedAt, deal.LostStage) = ("open", null, null);
                    break;
                case "deal.won" or "deal.lost":
                    deal.Deleted = false;
                    if (here is { } last)
                        Leave(last, e.At);
                    here = null;
                    var status = e.Type == "deal.won" ? "won" : "lost";
                    if (deal.Status != status)
                    {
                        (deal.Status, deal.ClosedAt, deal.LostStage) = (status, e.At, null);
                        if (status == "won")
                            deal.Wins.Add(e.At);
                    }
                    if (status == "lost")
                        deal.LostStage = stage ?? deal.LostStage ?? deal.Visits.LastOrDefault()?.Stage;
                    break;
                case "deal.deleted" or "deal.merged":
                    deal.Deleted = true;
                    break;
            }
        }
        if (here is { } open)
            deal.Visits.Add(new(open.Stage, open.Entered, null, Array.IndexOf(Order, open.Stage)));

        void Leave((string? Stage, DateTime Entered) visit, DateTime at) => deal.Visits.Add(
            new(visit.Stage, visit.Entered, at, Array.IndexOf(Order, visit.Stage)));
    }

    private static OracleInquiry Inquiry(IReadOnlyList<OracleEvent> events)
    {
        var received = events.Where(e => e.Type == "inquiry.received").ToList();
        var answers = events.Where(e => e.Type == "inquiry.answered" && !e.Flag("automated")).ToList();
        var dims = OracleDims.Of(received);
        foreach (var e in events)
            if ((e.Type == "inquiry.received" || !e.Flag("automated")) && e.Text("manager") is { } manager)
                dims["manager"] = manager;
        return new(dims, received.LastOrDefault(e => e.Text("lead") is not null)?.Text("lead"),
            received.Select(e => e.At).DefaultIfEmpty(DateTime.MaxValue).Min(), answers.Select(e => (DateTime?)e.At).Min());
    }

    private static OracleInquiry? InboundCall(IReadOnlyList<OracleEvent> events)
    {
        var e = events[^1];
        if (e.Text("direction") != "inbound")
            return null;
        var answered = IsMissed(e) || e.Number("waitSeconds") is not { } wait ? (DateTime?)null : e.At.AddSeconds((double)wait);
        return new(OracleDims.Of([e]).With("channel", "call"), e.Text("lead"), e.At, answered);
    }

    // A call that does not say so was missed when nobody talked.
    private static bool IsMissed(OracleEvent call) =>
        call.Data.TryGetProperty("missed", out _) ? call.Flag("missed") : call.Number("talkSeconds") == 0;

    // Leads, deals and inquiries tell each other what they know.
    private void Connect()
    {
        var leads = Leads.ToDictionary(l => l.Id);
        var deals = Deals.ToDictionary(d => d.Id);
        var named = Leads.SelectMany(l => l.Events.Where(e => e.Type == "lead.converted" && e.Text("deal") is not null)
            .Select(e => (Lead: l, Deal: e.Text("deal")!))).ToList();
        foreach (var deal in Deals)
        {
            var id = deal.Lead ?? named.Where(n => n.Deal == deal.Id).Select(n => n.Lead.Id).Order(StringComparer.Ordinal).FirstOrDefault();
            if (id is null || !leads.TryGetValue(id, out var lead))
                continue;
            (deal.LeadAt, deal.LeadFirst) = (lead.At, lead.First);
            deal.Dims = deal.Dims.FilledFrom(lead.Dims);
        }
        foreach (var lead in Leads)
        {
            var wins = Deals.Where(d => d.Lead == lead.Id).Concat(Named(lead)).Where(d => d.IsWon).Select(d => d.ClosedAt);
            lead.Converted = wins.Append(lead.Converted).Min();
        }
        foreach (var deal in _log.Events.Where(e => e.Type == "activity.logged" && e.Text("subject") is not null))
            if (deals.TryGetValue(deal.Text("subject")!["deal/".Length..], out var subject))
                subject.Activities.Add(deal.At);
        Inquiries = [.. Inquiries.Where(i => i.At < DateTime.MaxValue).Select(i =>
            i with { Dims = i.Lead is not null && leads.TryGetValue(i.Lead, out var l) ? i.Dims.FilledFrom(l.Dims) : i.Dims })];
        FirstContacts(leads);

        IEnumerable<OracleDeal> Named(OracleLead lead) =>
            lead.Events.Select(e => e.Type == "lead.converted" ? e.Text("deal") : null).OfType<string>().Distinct()
                .Select(id => deals.GetValueOrDefault(id)).OfType<OracleDeal>();
    }

    private void FirstContacts(Dictionary<string, OracleLead> leads)
    {
        foreach (var inquiry in _log.Of("inquiry").Select(Inquiry))
            Contact(inquiry.Lead, inquiry.Answered);
        foreach (var call in _log.Of("call").Select(c => c[^1]).Where(c => !IsMissed(c)))
            Contact(call.Text("lead"), call.At.AddSeconds((double)(call.Number("waitSeconds") ?? 0)));

        void Contact(string? lead, DateTime? at)
        {
            if (lead is not null && leads.TryGetValue(lead, out var found) && (found.Contact is null || at < found.Contact))
                found.Contact = at ?? found.Contact;
        }
    }
}
