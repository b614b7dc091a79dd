using static CrmKpi.ReadModels.Tests.Oracle.OracleQuestion;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>The KPIs of people, data quality and automation by their definitions.</summary>
internal static class OraclePeople
{
    private static readonly string[] Work = ["user.logged_in", "activity.logged", "time.logged", "suggestion.submitted"];
    private static readonly string[] RecordKinds = ["lead", "deal", "customer"];

    public static readonly Dictionary<string, Func<OracleQuestion, decimal?>> Kpis = new()
    {
        ["adoption_rate"] = q => 100 * Ratio(ActiveUsers(q), Users(q).Count(u => Access(q, u).Any(a => a.From < q.E && a.To >= q.S))),
        ["daily_active_share"] = q => 100 * Ratio(
            Users(q).Sum(u => ActiveDays(q, u).Count(d => q.Log.IsWorkingDay(d) && Access(q, u).Any(a => a.From <= d && a.To > d))),
            Enumerable.Range(q.S, q.Days).Where(q.Log.IsWorkingDay).Sum(d => Users(q).Count(u => Access(q, u).Any(a => a.From <= d && a.To > d)))),
        ["engagement"] = q => Ratio(Of(q, "activity.logged").Count(), ActiveUsers(q) * (q.Days / 7m)),
        ["logins"] = q => Of(q, "user.logged_in").Count(),
        ["suggestions"] = q => Of(q, "suggestion.submitted").Count(),
        ["administrative_time_share"] = q => 100 * Ratio(
            Of(q, "time.logged").Where(e => e.Text("category") == "administrative").Sum(e => e.Number("minutes")),
            Of(q, "time.logged").Sum(e => e.Number("minutes"))),
        ["task_discipline"] = q => 100 * Ratio(Due(q).Count(t => IsOnTime(q, t)), Due(q).Count()),
        ["card_completeness"] = q => 100 * Ratio(Cards(q).Sum(c => c.Filled), Cards(q).Sum(c => c.Required)),
        ["duplicate_share"] = DuplicateShare,
        ["data_quality_score"] = q => Cards(q).Count == 0 ? null
            : 50 * Ratio(Cards(q).Sum(c => c.Filled), Cards(q).Sum(c => c.Required))
                + 0.25m * (100 - DuplicateShare(q)) + 0.25m * (100 - OracleSales.Kpis["dead_lead_share"](q)),
        ["automation_level"] = q => 100 * Ratio(Runs(q).Count(r => r.Flag("automated")), Runs(q).Count()),
        ["automated_process_share"] = q => 100 * Ratio(Processes(q).Count(p => IsAutomated(q, p)), Processes(q).Count()),
        ["automated_processes"] = q => Processes(q).Count(p => IsAutomated(q, p)),
    };

    private static IEnumerable<IReadOnlyList<OracleEvent>> Users(OracleQuestion q) =>
        q.Log.Of("user").Where(u => q.Keep(new OracleDims().With("manager", u[0].Id)));

    private static IEnumerable<int> ActiveDays(OracleQuestion q, IEnumerable<OracleEvent> user) =>
        user.Where(e => Work.Contains(e.Type)).Select(e => q.Log.Day(e.At)).Distinct().Where(q.In);

    private static int ActiveUsers(OracleQuestion q) =>
        Users(q).Count(u => ActiveDays(q, u).Any(d => Access(q, u).Any(a => a.From <= d && a.To >= d)));

    private static IEnumerable<OracleEvent> Of(OracleQuestion q, string type) =>
        q.Log.Of("user").SelectMany(u => u).Where(e => e.Type == type && q.In(e.At) && q.Keep(new OracleDims()
            .With("manager", e.Id).With("category", e.Text(type == "activity.logged" ? "kind" : "category"))));

    // Days of access [from, to): from the first event to the first deactivation, then from each provisioning to the next.
    private static List<(int From, int To)> Access(OracleQuestion q, IReadOnlyList<OracleEvent> user)
    {
        var points = user.Where(e => e.Type is "user.provisioned" or "user.deactivated").ToList();
        var access = new List<(int, int)>();
        int? from = q.Log.Day(user[0].At);
        foreach (var point in points)
            if (point.Type == "user.provisioned")
                from ??= q.Log.Day(point.At);
            else if (from is { } begun)
            {
                access.Add((begun, q.Log.Day(point.At)));
                from = null;
            }
        if (from is { } open)
            access.Add((open, int.MaxValue));
        return access;
    }

    private static IEnumerable<(IReadOnlyList<OracleEvent> Task, int Day)> Due(OracleQuestion q) =>
        from task in q.Log.Of("task")
        let due = task.LastOrDefault(e => e.DayOf("due") is not null)?.DayOf("due")
        let user = task.LastOrDefault(e => e.Text("user") is not null)?.Text("user")
        where due is not null && q.In(due.Value) && q.Keep(new OracleDims().With("manager", user))
        select (task, due.Value);

    private static bool IsOnTime(OracleQuestion q, (IReadOnlyList<OracleEvent> Task, int Day) task) =>
        task.Task.FirstOrDefault(e => e.Type == "task.completed") is { } done && q.Log.Day(done.At) <= task.Day;

    // Of each living record what was last known of its fields before the end.
    private static List<(int Required, int Filled)> Cards(OracleQuestion q)
    {
        var cards = new List<(int, int)>();
        foreach (var record in q.Log.Streams.Where(s => RecordKinds.Contains(s.Value[0].Kind)).Select(s => s.Value))
        {
            if (!q.Keep(new OracleDims().With("category", record[0].Kind)) || !IsAlive(q, record))
                continue;
            var last = record.LastOrDefault(e => q.Log.Day(e.At) < q.E && (e.Type == "record.completeness" || e.Data.TryGetProperty("fields", out _)));
            if (last is null)
                continue;
            cards.Add(last.Type == "record.completeness"
                ? ((int)last.Number("required")!, (int)last.Number("filled")!)
                : (last.Data.GetProperty("fields").EnumerateObject().Count(),
                    last.Data.GetProperty("fields").EnumerateObject().Count(f => f.Value.GetBoolean())));
        }
        return cards;
    }

    private static decimal? DuplicateShare(OracleQuestion q)
    {
        var living = q.Log.Streams.Values.Where(r => RecordKinds.Contains(r[0].Kind) && q.Log.Day(r[0].At) < q.E
            && q.Keep(new OracleDims().With("category", r[0].Kind)) && IsAlive(q, r)).ToList();
        return 100 * Ratio(living.Count(r => r.LastOrDefault(e =>
            e.Type.StartsWith("duplicate.", StringComparison.Ordinal) && q.Log.Day(e.At) < q.E)?.Type == "duplicate.detected"), living.Count);
    }

    private static readonly string[] Signs =
        ["deal.created", "deal.stage_changed", "deal.won", "deal.lost", "deal.reopened", "deal.deleted", "deal.merged", "customer.merged"];

    // The last word counts, since the first time that it was said without another in between.
    private static bool IsAlive(OracleQuestion q, IReadOnlyList<OracleEvent> record)
    {
        var end = record.Where(e => Signs.Contains(e.Type)).Reverse()
            .TakeWhile(e => e.Type is "deal.deleted" or "deal.merged" or "customer.merged").LastOrDefault();
        return end is null || q.Log.Day(end.At) >= q.E;
    }

    private static IEnumerable<OracleEvent> Runs(OracleQuestion q) => q.Log.Of("process").SelectMany(p => p)
        .Where(e => e.Type == "process.executed" && q.In(e.At) && q.Keep(new OracleDims().With("category", e.Text("kind"))));

    private static IEnumerable<IReadOnlyList<OracleEvent>> Processes(OracleQuestion q) => q.Log.Of("process")
        .Where(p => p.LastOrDefault(e => e.Type is "process.defined" or "process.retired" && q.Log.Day(e.At) < q.E)?.Type == "process.defined");

    private static bool IsAutomated(OracleQuestion q, IReadOnlyList<OracleEvent> process) =>
        process.Last(e => e.Type is "process.defined" or "process.retired" && e.Data.TryGetProperty("automated", out _)).Flag("automated");
}
