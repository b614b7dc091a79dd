using CrmKpi.EventLog.Append;

namespace CrmKpi.EventLog.Tests.Append;

/// <summary>
/// The decisions of an append without a database, those above all that are hard to bring about with one.
/// </summary>
public sealed class AppendPlanTests
{
    private static AppendRequest Request(params string[] ids) => new("t", [.. ids.Select(id => Given.Event(id))], null);

    private static LogState State(long head, params (string Id, long Sequence)[] stored) => new(
        head, Given.Noon.UtcDateTime, stored.ToDictionary(s => EventIds.Of("t", "test", s.Id), s => s.Sequence),
        new Dictionary<string, long>());

    [Fact]
    public void Events_written_by_a_try_whose_commit_was_in_doubt_count_as_new()
    {
        var request = Request("a", "b", "c");
        var inDoubt = new Dictionary<Guid, long> { [request.Ids[0]] = 11, [request.Ids[1]] = 12, [request.Ids[2]] = 13 };
        var plan = AppendPlan.Make([request], State(13, ("a", 11), ("b", 12), ("c", 13)), inDoubt);
        Assert.Empty(plan.Rows);
        Assert.Equal(new Outcome(3, 0, null), Assert.Single(plan.Outcomes));
    }

    [Fact]
    public void After_a_try_that_was_lost_what_another_wrote_meanwhile_is_a_duplicate()
    {
        var request = Request("a", "b");
        var inDoubt = new Dictionary<Guid, long> { [request.Ids[0]] = 11, [request.Ids[1]] = 12 };
        // The broken try did not commit; another process appended b in its place, as number 11.
        var plan = AppendPlan.Make([request], State(11, ("b", 11)), inDoubt);
        Assert.Equal(new Outcome(1, 1, null), Assert.Single(plan.Outcomes));
        Assert.Equal(12, Assert.Single(plan.Rows).Sequence);
    }

    [Fact]
    public void What_a_request_in_conflict_leaves_out_a_later_request_may_bring()
    {
        var inConflict = new AppendRequest("t", [Given.Event("a"), Given.Event("b")], new ExpectedVersion("deal/1", 9));
        var later = Request("b");
        var plan = AppendPlan.Make([inConflict, later], State(0));
        Assert.NotNull(plan.Outcomes[0].Conflict);
        Assert.Equal(new Outcome(1, 0, null), plan.Outcomes[1]);
        Assert.Equal("b", Assert.Single(plan.Rows).Event.SourceId);
    }

    [Fact]
    public void A_request_sees_the_versions_that_earlier_requests_of_its_group_made()
    {
        var first = Request("a", "b");
        var second = new AppendRequest("t", [Given.Event("c")], new ExpectedVersion("deal/1", 2));
        var third = new AppendRequest("t", [Given.Event("d")], new ExpectedVersion("deal/1", 2));
        var plan = AppendPlan.Make([first, second, third], State(0));
        Assert.Equal([1, 2, 3], plan.Rows.Select(row => row.Nth));
        Assert.Equal(3, plan.Outcomes[2].Conflict!.Actual);
    }
}
