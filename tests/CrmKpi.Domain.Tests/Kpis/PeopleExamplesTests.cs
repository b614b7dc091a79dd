using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Each KPI of people on a few events.</summary>
public sealed class PeopleExamplesTests
{
    private static readonly Domain.Periods.Period March = Ask.Period("2025-03-01", "2025-04-01");
    private static readonly (int, int)? Day = (540, 1080);

    private static readonly TenantSettings MondayToFriday = new()
    {
        BypassActivities = 2,
        Calendar = new WorkingCalendar([null, Day, Day, Day, Day, Day, null], new HashSet<DateOnly>()),
    };

    /// <summary>In March ann works on three days, bob comes on the 17th and works on one, eve never works, old left before.</summary>
    private static CubeSnapshot Office() => Cube(
        Event(1, "2025-01-01", "user/ann", "user.provisioned"), Event(2, "2025-01-01", "user/eve", "user.provisioned"),
        Event(3, "2025-01-01", "user/old", "user.provisioned"), Event(4, "2025-02-20", "user/old", "user.deactivated"),
        Event(5, "2025-03-17", "user/bob", "user.provisioned"), LoggedIn(6, "ann", "2025-03-03"), LoggedIn(7, "ann", "2025-03-03"),
        LoggedIn(8, "ann", "2025-03-04"), LoggedIn(9, "ann", "2025-03-05"), LoggedIn(10, "bob", "2025-03-18"),
        LoggedIn(11, "eve", "2025-04-01"));

    [Fact]
    public void Adoption_is_the_share_of_the_users_with_access_who_were_active()
    {
        Assert.Equal((2m, 3m), Parts(Office().Value("adoption_rate", March))); // ann, bob of ann, bob, eve
        Assert.Equal((1m, 2m), Parts(Office().Value("adoption_rate", Ask.Period("2025-03-01", "2025-03-17"))));
        Assert.Equal((0m, 3m), Parts(Office().Value("adoption_rate", Ask.Period("2025-02-01", "2025-03-01"))));
        Assert.Equal(0, Office().By("adoption_rate", March, Dimensions.Manager)["eve"].Value);
    }

    [Fact]
    public void Daily_active_share_counts_working_days()
    {
        // March 2025 has 21 working days, 11 of them from the 17th on.
        Assert.Equal((4m, 21m + 21 + 11), Parts(Office().Value("daily_active_share", March)));
        // A Saturday's work is in neither part.
        var weekend = Cube(LoggedIn(1, "ann", "2025-03-07"), LoggedIn(2, "ann", "2025-03-08"));
        Assert.Equal((1m, 1m), Parts(weekend.Value("daily_active_share", Ask.Period("2025-03-07", "2025-03-10"))));
    }

    [Fact]
    public void Engagement_is_actions_a_week_per_active_user()
    {
        var events = Enumerable.Range(0, 60).Select(i => Event(
            i + 1, $"2025-03-{3 + i % 14:00}", i % 3 == 0 ? "user/bob" : "user/ann", "activity.logged", "{'kind':'call'}"));
        var cube = Cube([.. events, LoggedIn(100, "ann", "2025-03-04")]);

        // 60 actions of two users in two weeks.
        Assert.Equal(15, cube.Value("engagement", Ask.Period("2025-03-03", "2025-03-17")).Value);
        Assert.Equal(10, cube.By("engagement", Ask.Period("2025-03-03", "2025-03-17"), Dimensions.Manager)["bob"].Value);
        Assert.Null(cube.Value("engagement", Ask.Period("2025-05-01", "2025-06-01")).Value);
    }

    [Fact]
    public void Logins_are_counted_one_by_one()
    {
        Assert.Equal(5, Office().Value("logins", March).Value);
        Assert.Equal(4, Office().By("logins", March, Dimensions.Manager)["ann"].Value);
    }

    [Fact]
    public void A_deal_bypassed_the_crm_when_hardly_anything_was_logged_up_to_its_win()
    {
        var cube = Cube(Won(1, "a"), Won(2, "b"), Won(3, "c"), Won(4, "d"),
            Activity(5, "a", "2025-03-01"), Activity(6, "a", "2025-03-02"), // two: the setting
            Activity(7, "b", "2025-03-01"), Activity(8, "b", "2025-03-11")); // one before the win
        Assert.Equal((3m, 4m), Parts(cube.Value("crm_bypass_share", March)));
    }

    [Fact]
    public void Administrative_time_is_a_share_of_all_time()
    {
        var cube = Cube(Time(1, 30, "administrative"), Time(2, 60, "selling"), Time(3, 10, "other"));
        Assert.Equal(30, cube.Value("administrative_time_share", March).Value!.Value, 20);
        Assert.Null(cube.Value("administrative_time_share", Ask.Period("2025-05-01", "2025-06-01")).Value);
    }

    [Fact]
    public void Satisfaction_of_employees_is_a_mean_of_five()
    {
        var cube = Cube(Surveyed(1, 4, 5), Surveyed(2, 6, 10));
        var value = cube.Value("employee_satisfaction", March);
        Assert.Equal((3.5m, 2m), (value.Value, value.N));
    }

    [Fact]
    public void Suggestions_are_counted() => Assert.Equal(2, Cube(
        Event(1, "2025-03-01", "user/ann", "suggestion.submitted"), Event(2, "2025-03-31", "user/ann", "suggestion.submitted"),
        Event(3, "2025-04-01", "user/ann", "suggestion.submitted")).Value("suggestions", March).Value);

    [Fact]
    public void Task_discipline_is_the_share_of_tasks_due_that_were_done_in_time()
    {
        var cube = Cube(
            Event(1, "2025-02-01", "task/a", "task.created", "{'due':'2025-03-10','user':'ann'}"),
            Event(2, "2025-03-10 23:59", "task/a", "task.completed"),
            Event(3, "2025-02-01", "task/b", "task.created", "{'due':'2025-03-10','user':'ann'}"),
            Event(4, "2025-03-11", "task/b", "task.completed"),
            Event(5, "2025-03-12", "task/c", "task.overdue", "{'user':'bob'}"),
            Event(6, "2025-03-01", "task/d", "task.created", "{'due':'2025-04-01','user':'bob'}"));

        Assert.Equal((1m, 3m), Parts(cube.Value("task_discipline", March)));
        Assert.Equal(50, cube.By("task_discipline", March, Dimensions.Manager)["ann"].Value);
    }

    private static CubeSnapshot Cube(params LogEvent[] events) => Of(MondayToFriday, events).Snapshot();

    private static (decimal?, decimal?) Parts(KpiValue value) => (value.Numerator, value.Denominator);

    private static LogEvent LoggedIn(long sequence, string user, string day) =>
        Event(sequence, day + " 10:00", $"user/{user}", "user.logged_in");

    private static LogEvent Won(long sequence, string deal) =>
        Event(sequence, "2025-03-10", $"deal/{deal}", "deal.won", "{'amount':1}");

    private static LogEvent Activity(long sequence, string deal, string day) =>
        Event(sequence, day, "user/ann", "activity.logged", $"{{'kind':'call','subject':'deal/{deal}'}}");

    private static LogEvent Time(long sequence, int minutes, string category) => Event(
        sequence, "2025-03-05", "user/ann", "time.logged", $"{{'minutes':{minutes},'category':'{category}'}}");

    private static LogEvent Surveyed(long sequence, int score, int scale) => Event(sequence, "2025-03-05", $"survey/{sequence}",
        "survey.responded", $"{{'kind':'employee','score':{score},'scaleMax':{scale}}}");
}
