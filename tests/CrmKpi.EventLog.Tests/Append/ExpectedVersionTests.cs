namespace CrmKpi.EventLog.Tests.Append;

public sealed class ExpectedVersionTests
{
    [Fact]
    public async Task The_expected_version_is_met_or_nothing_is_appended()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        await log.Append("one", Given.Events(0, 3), new ExpectedVersion("deal/1", 0));
        await log.Append("one", Given.Events(3, 2), new ExpectedVersion("deal/1", 3));

        var conflict = await Assert.ThrowsAsync<VersionConflictException>(
            () => log.Append("one", [Given.Event("late"), Given.Event("late2", "deal/2")], new ExpectedVersion("deal/1", 3)));
        Assert.Equal(("deal/1", 3L, 5L), (conflict.StreamId, conflict.Expected, conflict.Actual));
        Assert.Equal(5, await log.Head("one"));
        Assert.Equal(1, await db.Scalar<long>("SELECT count(*) FROM events.mt_streams"));
    }

    [Fact]
    public async Task A_repeated_request_is_a_success_though_the_version_has_moved()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var expected = new ExpectedVersion("deal/1", 0);
        await log.Append("one", Given.Events(0, 3), expected);
        Assert.Equal(new AppendResult(0, 3, 3), await log.Append("one", Given.Events(0, 3), expected));
        await Assert.ThrowsAsync<VersionConflictException>(() => log.Append("one", Given.Events(0, 4), expected));
        await Assert.ThrowsAsync<VersionConflictException>(() => log.Append("one", [], expected));
        Assert.Equal(3, await log.Head("one"));
    }

    [Fact]
    public async Task Of_many_writers_that_expect_the_same_version_one_wins()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var first = new EventLog(db.Database);
        await using var second = new EventLog(db.Database);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            try
            {
                var log = i % 2 == 0 ? first : second;
                return (await log.Append("one", [Given.Event($"w{i}")], new ExpectedVersion("deal/1", 0))).Accepted;
            }
            catch (VersionConflictException)
            {
                return 0;
            }
        })));
        Assert.Equal(1, outcomes.Sum());
        Assert.Equal(1, await first.Head("one"));
    }
}
