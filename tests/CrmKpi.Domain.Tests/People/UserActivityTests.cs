using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.People;

public sealed class UserActivityTests
{
    private static readonly TenantSettings Settings = new() { TimeZone = "Europe/Moscow" };

    [Fact]
    public void A_login_is_no_action()
    {
        var model = Of(Settings, Event(1, "2025-01-01 21:30", "user/u", "user.logged_in"),
            Event(2, "2025-01-01 21:30", "user/u", "user.logged_in"));

        Assert.Equal("2025-01-02 {manager=u} +2", model.Show(Measures.Logins));
        Assert.Equal("", model.Show(Measures.Actions));
    }

    [Fact]
    public void Actions_time_and_suggestions_are_counted_apart()
    {
        var model = Of(Settings, Event(1, "2025-01-01", "user/u", "activity.logged", "{'kind':'call','subject':'lead/l'}"),
            Event(2, "2025-01-01", "user/u", "activity.logged", "{'kind':'note'}"),
            Event(3, "2025-01-01", "user/u", "time.logged", "{'minutes':1.5,'category':'selling'}"),
            Event(4, "2025-01-01", "user/u", "suggestion.submitted", "{'text':'More tea'}"));

        Assert.Equal("2025-01-01 {manager=u, category=call} +1\n2025-01-01 {manager=u, category=note} +1",
            model.Show(Measures.Actions));
        Assert.Equal("2025-01-01 {manager=u, category=selling} +1 90000", model.Show(Measures.TimeLogged));
        Assert.Equal("2025-01-01 {manager=u} +1", model.Show(Measures.Suggestions));
        Assert.Equal("", model.Show(Measures.Logins));
    }

    [Fact]
    public void Each_event_is_a_part_of_its_users_stream_and_a_row_of_its_own()
    {
        var model = Of(Settings, Event(7, "2025-01-01", "user/u", "activity.logged", "{'kind':'call','subject':'lead/l'}"));
        var key = EntityKey.PartOf(EntityKind.Activity, "user/u", "7");
        var columns = new object?[FactSchema.Of(EntityKind.Activity).Columns.Count];
        EntityState.Deserialize(key, model.States[key]).WriteFact(Settings, columns);

        Assert.Equal(("user/u", "u"), (key.Stream, key.StreamId));
        Assert.Equal([new DateTime(2025, 1, 1), "u", "activity", "call", "lead/l", null], columns);
    }
}
