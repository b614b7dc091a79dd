using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.People;

public sealed class UserTests
{
    private static readonly (int, int)? Day = (540, 1080);

    private static readonly TenantSettings Settings = new()
    {
        Calendar = new WorkingCalendar([null, Day, Day, Day, Day, Day, null], new HashSet<DateOnly> { new(2025, 1, 8) }),
    };

    [Fact]
    public void Access_lasts_from_provisioning_to_deactivation_and_comes_back()
    {
        var model = Of(Settings, Provisioned(1, "2025-01-01"), Deactivated(2, "2025-01-10"), Deactivated(3, "2025-01-12"),
            Provisioned(4, "2025-02-01"));

        Assert.Equal("""
            2025-01-01 {manager=u} +1
            2025-01-10 {manager=u} -1
            2025-02-01 {manager=u} +1
            """, model.Show(Measures.UsersAssigned));
        Assert.Equal("2025-01-01 {manager=u} [never] +1\n2025-02-01 {manager=u} [2025-01-10] +1",
            model.Show(Measures.UsersEntered));
        Assert.Null(model.Fact("user/u")["deactivated_at"]);
    }

    [Fact]
    public void Who_works_has_access_though_nobody_said_so()
    {
        var model = Of(Settings, LoggedIn(1, "2025-01-03"));
        Assert.Equal("2025-01-03 {manager=u} +1", model.Show(Measures.UsersAssigned));

        model.Fold([Provisioned(2, "2025-01-20"), LoggedIn(3, "2025-01-02")]);
        Assert.Equal("2025-01-02 {manager=u} +1", model.Show(Measures.UsersAssigned));
    }

    [Fact]
    public void A_user_is_active_on_a_day_once_whatever_was_done()
    {
        var model = Of(Settings, LoggedIn(1, "2025-01-03 09:00"), LoggedIn(2, "2025-01-03 15:00"),
            Event(3, "2025-01-03 16:00", "user/u", "activity.logged", "{'kind':'call'}"),
            Event(4, "2025-01-04", "user/u", "time.logged", "{'minutes':5,'category':'other'}"),
            Event(5, "2025-01-08", "user/u", "suggestion.submitted"));

        Assert.Equal("""
            2025-01-03 {manager=u} [never] +1
            2025-01-04 {manager=u} [2025-01-03] +1
            2025-01-08 {manager=u} [2025-01-04] +1
            """, model.Show(Measures.UsersActive));
        // A Friday, a Saturday and a holiday.
        Assert.Equal("2025-01-03 {manager=u} [1] +1 1\n2025-01-04 {manager=u} +1 1\n2025-01-08 {manager=u} +1 1",
            model.Show(Measures.UserDaysActive));
        Assert.Equal((3, new DateOnly(2025, 1, 8)), (model.Fact("user/u")["active_days"], model.Fact("user/u")["last_active"]));
    }

    [Fact]
    public void Days_are_those_of_the_tenant()
    {
        var model = Of(Settings with { TimeZone = "Europe/Moscow" }, LoggedIn(1, "2025-01-02 22:30"));
        Assert.Equal("2025-01-03 {manager=u} [never] +1", model.Show(Measures.UsersActive));
    }

    [Fact]
    public void Without_access_nobody_is_active_and_on_its_last_day_not_at_the_days_end()
    {
        var model = Of(Settings, LoggedIn(1, "2025-01-02 09:00"), LoggedIn(2, "2025-01-06 09:00"),
            Deactivated(3, "2025-01-06 12:00"), LoggedIn(4, "2025-01-07"), Provisioned(5, "2025-01-13"), LoggedIn(6, "2025-01-13"));

        Assert.Equal("""
            2025-01-02 {manager=u} [never] +1
            2025-01-06 {manager=u} [2025-01-02] +1
            2025-01-13 {manager=u} [2025-01-06] +1
            """, model.Show(Measures.UsersActive));
        Assert.Equal("2025-01-02 {manager=u} [1] +1 1\n2025-01-13 {manager=u} [1] +1 1", model.Show(Measures.UserDaysActive));
    }

    [Fact]
    public void Access_that_ends_and_comes_back_on_one_day_was_never_gone()
    {
        var model = Of(Settings, Provisioned(1, "2025-01-01"), Deactivated(2, "2025-01-06 09:00"), LoggedIn(3, "2025-01-06 10:00"),
            Provisioned(4, "2025-01-06 11:00"));

        Assert.Equal("2025-01-01 {manager=u} +1", model.Show(Measures.UsersAssigned));
        Assert.Equal("2025-01-06 {manager=u} [never] +1", model.Show(Measures.UsersActive));
        Assert.Equal("2025-01-06 {manager=u} [1] +1 1", model.Show(Measures.UserDaysActive));
    }

    [Fact]
    public void Name_role_and_rank_are_the_last_told()
    {
        var model = Of(Settings,
            Event(1, "2025-01-01", "user/u", "user.provisioned", "{'name':'Ann','role':'sales','isManager':false}"),
            Event(2, "2025-01-05", "user/u", "user.deactivated", "{'role':'lead','isManager':true}"));

        var fact = model.Fact("user/u");
        Assert.Equal(("Ann", "lead", true), (fact["name"], fact["role"], fact["is_manager"]));
        Assert.Equal(new DateTime(2025, 1, 5), fact["deactivated_at"]);
    }

    [Fact]
    public void Events_of_other_kinds_give_no_access()
    {
        var model = Of(Settings, Event(1, "2025-01-01", "user/u", "record.completeness", "{'required':3,'filled':1}"));
        Assert.Empty(model.States);
    }

    [Fact]
    public void A_thousand_days_are_a_kilobyte_and_a_set_keeps_the_latest()
    {
        var first = new DateOnly(2020, 1, 1);
        var model = Of(Settings, [.. Enumerable.Range(1, 1_000).Select(i => LoggedIn(i, $"{first.AddDays(i):yyyy-MM-dd}"))]);
        Assert.InRange(model.States[new(EntityKind.User, "u")].Length, 1_000, 1_060);

        var set = default(Domain.People.DaySet);
        for (var day = Domain.People.DaySet.DaysMax + 5; day > 0; day--)
            set.Add(day);
        Assert.Equal(Domain.People.DaySet.DaysMax, set.Days.Length);
        Assert.Equal(6, set.Days[0]);
        Assert.False(set.Add(3));
        Assert.True(set.Add(30_000));
        Assert.Equal(7, set.Days[0]);
    }

    private static LogEvent Provisioned(long sequence, string time) => Event(sequence, time, "user/u", "user.provisioned");

    private static LogEvent Deactivated(long sequence, string time) => Event(sequence, time, "user/u", "user.deactivated");

    private static LogEvent LoggedIn(long sequence, string time) => Event(sequence, time, "user/u", "user.logged_in");
}
