namespace CrmKpi.EventLog.Tests.Reading;

public sealed class ReadTests
{
    [Fact]
    public async Task Pages_join_without_gap_or_overlap()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        await using var log = new EventLog(db.Database);
        for (var i = 0; i < 10; i++)
        {
            await log.Append("one", Given.Events(i * 25, 25));
            await log.Append("two", Given.Events(i * 3, 3));
        }
        var read = new List<long>();
        while (true)
        {
            var page = await log.Read("one", read.Count == 0 ? 0 : read[^1], 37);
            if (page.Count == 0)
                break;
            Assert.InRange(page.Count, 1, 37);
            read.AddRange(page.Select(e => e.Sequence));
        }
        var all = Enumerable.Range(1, 250).Select(i => (long)i);
        Assert.Equal(all, read);

        var paged = new List<long>();
        await foreach (var page in log.Pages("one", 0, pageSize: 64))
            paged.AddRange(page.Select(e => e.Sequence));
        Assert.Equal(all, paged);
        var part = new List<long>();
        await foreach (var page in log.Pages("one", 10, throughSequence: 33, pageSize: 10))
            part.AddRange(page.Select(e => e.Sequence));
        Assert.Equal(Enumerable.Range(11, 23).Select(i => (long)i), part);
        Assert.Empty(await log.Read("one", 250, 10));
        Assert.Empty(await log.Read("nobody", 0, 10));
    }

    [Fact]
    public async Task A_stream_is_read_by_versions()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        await using var log = new EventLog(db.Database);
        await log.Append("two", Given.Events(0, 3));
        await log.Append("one", [.. Enumerable.Range(0, 30).Select(i => Given.Event($"e{i}", $"deal/{i % 3}"))]);
        var stream = await log.ReadStream("one", "deal/1", 2, 5);
        Assert.Equal([3, 4, 5, 6, 7], stream.Select(e => e.Version));
        Assert.All(stream, e => Assert.Equal("deal/1", e.StreamId));
        Assert.Equal([8, 11, 14, 17, 20], stream.Select(e => e.Sequence));
        Assert.Empty(await log.ReadStream("one", "deal/9", 0, 5));
    }

    [Fact]
    public async Task A_gap_is_an_error_and_never_skipped()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        await log.Append("one", Given.Events(0, 10));
        await db.Execute("DELETE FROM events.mt_events WHERE seq_id = 5");
        Assert.Equal(4, (await log.Read("one", 0, 4)).Count);
        var error = await Assert.ThrowsAsync<LogCorruptException>(() => log.Read("one", 0, 10));
        Assert.Contains("'one'", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LogCorruptException>(() => log.Read("one", 4, 3));
        await Assert.ThrowsAsync<LogCorruptException>(() => log.ReadStream("one", "deal/1", 0, 10));
    }

    [Fact]
    public async Task Heads_are_listed_in_pages_and_by_time()
    {
        await using var db = await Given.DatabaseWith("c", "a", "b", "idle");
        await using var log = new EventLog(db.Database);
        await log.Append("a", Given.Events(0, 1));
        await log.Append("b", Given.Events(0, 2));
        await log.Append("c", Given.Events(0, 3));
        Assert.Equal([("a", 1), ("b", 2)], await log.Heads(null, 2));
        Assert.Equal([("c", 3), ("idle", 0)], await log.Heads("b", 10));
        Assert.Equal([("a", 1), ("b", 2), ("c", 3)], await log.HeadsMovedSince(DateTimeOffset.UtcNow.AddMinutes(-5)));
        await db.Execute("UPDATE events.tenant_heads SET recorded_at = now() - interval '1 hour' WHERE tenant_id = 'b'");
        Assert.Equal([("a", 1), ("c", 3)], await log.HeadsMovedSince(DateTimeOffset.UtcNow.AddMinutes(-5)));
    }

    [Fact]
    public async Task The_last_event_recorded_by_an_instant_is_found()
    {
        await using var db = await Given.DatabaseWith("one", "two", "idle");
        await using var log = new EventLog(db.Database);
        for (var i = 0; i < 7; i++)
        {
            await log.Append("one", Given.Events(i * 3, 3));
            await log.Append("two", Given.Events(i * 5, 5));
        }
        var events = await log.Read("one", 0, 100);
        foreach (var e in events)
        {
            var last = events.Last(other => other.RecordedAt <= e.RecordedAt);
            Assert.Equal(new LogPosition(last.Sequence, last.Id, last.RecordedAt), await log.PositionAt("one", 21, e.RecordedAt));
            var before = events.LastOrDefault(other => other.RecordedAt < e.RecordedAt);
            Assert.Equal(before?.Sequence, (await log.PositionAt("one", 21, e.RecordedAt.AddMicroseconds(-1)))?.Sequence);
            Assert.Equal(new LogPosition(e.Sequence, e.Id, e.RecordedAt), await log.Position("one", e.Sequence));
        }
        Assert.Equal(21, (await log.PositionAt("one", 21, DateTimeOffset.MaxValue))!.Sequence);
        Assert.Equal(5, (await log.PositionAt("one", 5, DateTimeOffset.MaxValue))!.Sequence);
        Assert.Null(await log.PositionAt("one", 21, DateTimeOffset.UnixEpoch));
        Assert.Null(await log.PositionAt("idle", 0, DateTimeOffset.MaxValue));
        Assert.Null(await log.Position("one", 0));
        Assert.Null(await log.Position("one", 22));
    }

    [Fact]
    public async Task Wrong_arguments_are_refused()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => log.Read("one", -1, 10));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => log.Read("one", 0, 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => log.ReadStream("one", "deal/1", 0, 0));
    }
}
