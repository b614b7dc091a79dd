using System.Text;
using System.Text.Json;

namespace CrmKpi.EventLog.Tests.Append;

public sealed class AppendTests
{
    [Fact]
    public async Task Events_are_numbered_without_gaps_per_tenant_and_per_stream()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        await using var log = new EventLog(db.Database);

        var first = await log.Append("one", [Given.Event("a", "deal/1"), Given.Event("b", "deal/2"), Given.Event("c", "deal/1")]);
        var other = await log.Append("two", [Given.Event("a", "deal/1")]);
        var second = await log.Append("one", [Given.Event("d", "deal/2")]);

        Assert.Equal(new AppendResult(3, 0, 3), first);
        Assert.Equal(new AppendResult(1, 0, 1), other);
        Assert.Equal(new AppendResult(1, 0, 4), second);
        var events = await log.Read("one", 0, 100);
        Assert.Equal([1, 2, 3, 4], events.Select(e => e.Sequence));
        Assert.Equal(["a", "b", "c", "d"], events.Select(e => e.SourceId));
        Assert.Equal([1, 1, 2, 2], events.Select(e => e.Version));
        Assert.Equal(4, await log.Head("one"));
    }

    [Fact]
    public async Task What_is_read_is_what_was_appended()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var occurred = new DateTimeOffset(1999, 12, 31, 23, 59, 59, TimeSpan.FromHours(3)).AddTicks(1_234_567);
        var sent = new NewEvent(
            "bitrix24/м", "id:1", "deal.won", "deal/ключ", occurred,
            Encoding.UTF8.GetBytes("""{"amount":"1054.00","имя":"Ёж \"q\" 🦔","n":1e2}"""), "00-trace-01", "corr");

        await log.Append("one", [sent]);

        var e = Assert.Single(await log.Read("one", 0, 10));
        Assert.Equal((sent.Source, sent.SourceId, sent.Type, sent.StreamId), (e.Source, e.SourceId, e.Type, e.StreamId));
        Assert.Equal(EventIds.Of("one", "bitrix24/м", "id:1"), e.Id);
        Assert.Equal(occurred.UtcTicks / 10, e.OccurredAt.UtcTicks / 10);
        Assert.Equal(0, e.OccurredAt.UtcTicks % 10);
        Assert.Equal(TimeSpan.Zero, e.OccurredAt.Offset);
        using var data = JsonDocument.Parse(e.Data);
        Assert.Equal("1054.00", data.RootElement.GetProperty("amount").GetString());
        Assert.Equal("Ёж \"q\" 🦔", data.RootElement.GetProperty("имя").GetString());
        Assert.Equal("00-trace-01", await db.Scalar<string>("SELECT trace_parent FROM events.mt_events"));
        Assert.Equal("corr", await db.Scalar<string>("SELECT correlation_id FROM events.mt_events"));
    }

    [Fact]
    public async Task Duplicates_are_free_in_the_log_and_in_the_batch()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        await using var log = new EventLog(db.Database);
        await log.Append("one", Given.Events(0, 10));

        Assert.Equal(new AppendResult(0, 10, 10), await log.Append("one", Given.Events(0, 10)));
        Assert.Equal(new AppendResult(5, 5, 15), await log.Append("one", Given.Events(5, 10)));
        Assert.Equal(
            new AppendResult(1, 2, 16), await log.Append("one", [Given.Event("x"), Given.Event("x"), Given.Event("e3")]));
        // The same source id is another event in another source and in another tenant.
        Assert.Equal(new AppendResult(1, 0, 17), await log.Append("one", [Given.Event("e3", source: "elsewhere")]));
        Assert.Equal(new AppendResult(1, 0, 1), await log.Append("two", [Given.Event("e3")]));
        Assert.Equal(17, (await log.Read("one", 0, 100)).Select(e => (e.Source, e.SourceId)).Distinct().Count());
    }

    [Fact]
    public async Task Duplicates_in_large_batches_are_found_whether_they_were_looked_up_or_not()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);

        Assert.Equal(new AppendResult(500, 0, 500), await log.Append("one", Given.Events(0, 500)));
        Assert.Equal(new AppendResult(250, 250, 750), await log.Append("one", Given.Events(250, 500)));
        Assert.Equal(new AppendResult(0, 500, 750), await log.Append("one", Given.Events(250, 500)));
        for (var clean = 0; clean < 20; clean++)
            Assert.Equal(500, (await log.Append("one", Given.Events(750 + 500 * clean, 500))).Accepted);
        // The first event of the batch is new, the last is stored: nothing of a refused try may stay.
        Assert.Equal(new AppendResult(1, 499, 10_751), await log.Append("one",
            [Given.Event("new"), .. Given.Events(10_000, 499)]));

        var stored = new List<StoredEvent>();
        await foreach (var page in log.Pages("one", 0))
            stored.AddRange(page);
        Assert.Equal(Enumerable.Range(1, 10_751).Select(i => (long)i), stored.Select(e => e.Sequence));
        Assert.Equal(Enumerable.Range(1, 10_751).Select(i => (long)i), stored.Select(e => e.Version));
        Assert.Equal(10_751, stored.Select(e => e.SourceId).Distinct().Count());
        Assert.Equal(10_751, await db.Scalar<long>("SELECT version FROM events.mt_streams"));
    }

    [Fact]
    public async Task Two_processes_that_send_the_same_large_batch_store_it_once()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var here = new EventLog(db.Database);
        await using var there = new EventLog(db.Database);
        for (var round = 0; round < 10; round++)
        {
            var events = Given.Events(round * 400, 400);
            var results = await Task.WhenAll(here.Append("one", events), there.Append("one", events));
            Assert.Equal([0, 400], results.Select(result => result.Accepted).Order());
            Assert.Equal([0, 400], results.Select(result => result.Duplicates).Order());
        }
        Assert.Equal(4_000, await here.Head("one"));
    }

    [Fact]
    public async Task An_empty_append_says_where_the_log_stands()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        Assert.Equal(new AppendResult(0, 0, 0), await log.Append("one", []));
        await log.Append("one", Given.Events(0, 3));
        Assert.Equal(new AppendResult(0, 0, 3), await log.Append("one", []));
    }

    [Fact]
    public async Task A_tenant_that_is_not_registered_is_refused()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var error = await Assert.ThrowsAsync<UnknownTenantException>(() => log.Append("nobody", Given.Events(0, 1)));
        Assert.Equal("nobody", error.Tenant);
        await Assert.ThrowsAsync<UnknownTenantException>(() => log.Head("nobody"));
        Assert.Equal(0, await db.Scalar<long>("SELECT count(*) FROM events.mt_events"));
        // The connection that met the error is fit for the next request.
        Assert.Equal(1, (await log.Append("one", Given.Events(0, 1))).Accepted);
    }

    [Fact]
    public async Task Recorded_times_never_go_back()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        await log.Append("one", Given.Events(0, 2));
        // A clock that was ahead and is set back: the head remembers a time in the future.
        await db.Execute("UPDATE events.tenant_heads SET recorded_at = now() + interval '1 hour'");
        await log.Append("one", Given.Events(2, 2));
        await log.Append("one", Given.Events(4, 2));
        var times = (await log.Read("one", 0, 10)).Select(e => e.RecordedAt).ToList();
        Assert.Equal(times.Order(), times);
        Assert.True(times[2] > times[1].AddMinutes(50));
    }

    [Fact]
    public async Task Large_batches_cross_the_buffers_whole()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var events = Enumerable.Range(0, 300)
            .Select(i => Given.Event($"e{i}", $"deal/{i % 7}", data: $$"""{"text":"{{new string((char)('a' + i % 26), i * 37)}}"}"""))
            .Append(Given.Event("big", data: $$"""{"text":"{{new string('x', 3_000_000)}}"}"""))
            .ToArray();
        Assert.Equal(301, (await log.Append("one", events)).Accepted);
        var read = await log.Read("one", 0, 1000);
        Assert.Equal(events.Select(e => e.SourceId), read.Select(e => e.SourceId));
        Assert.Equal(
            events.Select(e => JsonDocument.Parse(e.Data).RootElement.GetProperty("text").GetString()),
            read.Select(e => JsonDocument.Parse(e.Data).RootElement.GetProperty("text").GetString()));
    }
}
