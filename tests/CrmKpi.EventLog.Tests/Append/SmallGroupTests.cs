using System.Text;

namespace CrmKpi.EventLog.Tests.Append;

/// <summary>A few events go by INSERT with the commit in the same round trip, many by COPY: nobody may see a difference.</summary>
public sealed class SmallGroupTests
{
    private const string Columns =
        "seq_id, version, occurred_at, stream_id, type, source, source_id, data::text, correlation_id, trace_parent, is_archived";

    [Fact]
    public async Task What_is_written_singly_and_in_a_large_group_is_the_same()
    {
        await using var db = await Given.DatabaseWith("few", "many");
        await using var log = new EventLog(db.Database);
        var events = Enumerable.Range(0, 150).Select(Odd).ToArray();
        foreach (var chunk in events.Chunk(7))
            await log.Append("few", chunk);
        Assert.Equal(new AppendResult(150, 0, 150), await log.Append("many", events));

        Assert.Equal(0, await db.Scalar<long>(
            $"""
            SELECT count(*) FROM (
                (SELECT {Columns} FROM events.mt_events WHERE tenant_id = 'few'
                 EXCEPT SELECT {Columns} FROM events.mt_events WHERE tenant_id = 'many')
                UNION ALL
                (SELECT {Columns} FROM events.mt_events WHERE tenant_id = 'many'
                 EXCEPT SELECT {Columns} FROM events.mt_events WHERE tenant_id = 'few')) AS difference
            """));
        Assert.Equal(0, await db.Scalar<long>(
            """
            SELECT count(*) FROM events.mt_streams AS few
            FULL JOIN (SELECT * FROM events.mt_streams WHERE tenant_id = 'many') AS many USING (id)
            WHERE few.tenant_id = 'few' AND few.version IS DISTINCT FROM many.version
            """));
        var stored = await log.Read("few", 0, 1_000);
        Assert.Equal(events.Select(e => EventIds.Of("few", e.Source, e.SourceId)), stored.Select(e => e.Id));
        foreach (var stream in stored.GroupBy(e => e.StreamId))
            Assert.Equal(Enumerable.Range(1, stream.Count()).Select(i => (long)i), stream.Select(e => e.Version));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(99)]
    public async Task A_row_that_does_not_arrive_fails_the_append_and_nothing_of_it_stays(int events)
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        await db.Execute(
            """
            CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN IF NEW.source_id = ''e1'' THEN RETURN NULL; END IF; RETURN NEW; END'
            """);
        await db.Execute("CREATE TRIGGER swallow BEFORE INSERT ON events.mt_events FOR EACH ROW EXECUTE FUNCTION swallow()");
        await Assert.ThrowsAnyAsync<Exception>(() => log.Append("one", Given.Events(0, events)));
        Assert.Equal(0, await log.Head("one"));
        Assert.Equal(0, await db.Scalar<long>("SELECT count(*) FROM events.mt_events"));
        Assert.Equal(0, await db.Scalar<long>("SELECT count(*) FROM events.mt_streams"));

        await db.Execute("DROP TRIGGER swallow ON events.mt_events");
        Assert.Equal(new AppendResult(events, 0, events), await log.Append("one", Given.Events(0, events)));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused_by_name()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var bad = Given.Event("bad") with { Data = new byte[] { (byte)'"', 0xff, (byte)'"' } };
        var error = await Assert.ThrowsAsync<EventRefusedException>(
            () => log.Append("one", [Given.Event("good"), bad]));
        Assert.Equal(1, error.Index);
        Assert.Equal(0, await log.Head("one"));
    }

    [Theory]
    [InlineData(100, 300_000)]
    [InlineData(100, 10)]
    [InlineData(101, 10)]
    public async Task Around_the_limits_all_goes_as_well(int events, int bytes)
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var sent = Enumerable.Range(0, events)
            .Select(i => Given.Event($"e{i}", $"deal/{i % 3}", data: $"\"{new string('x', i == 0 ? bytes : 10)}\"")).ToArray();
        Assert.Equal(new AppendResult(events, 0, events), await log.Append("one", sent));
        Assert.Equal(new AppendResult(0, events, events), await log.Append("one", sent));
        Assert.Equal(sent.Select(e => e.SourceId), (await log.Read("one", 0, 1_000)).Select(e => e.SourceId));
    }

    private static NewEvent Odd(int i) => new(
        $"quelle/ё{i % 2}", $"id {i}", i % 3 == 0 ? "deal.created" : "lead.created", $"deal/{i % 11}🦔",
        new DateTimeOffset(1969, 12, 31, 23, 59, 59, TimeSpan.FromHours(i % 5)).AddTicks(1_234_567L * i * i),
        Encoding.UTF8.GetBytes($$"""{"n":{{i}}.50,"текст":"a\\\"b, {c} \n","leer":""}"""),
        i % 4 == 0 ? null : $"00-trace-{i}", i % 5 == 1 ? null : $"corr,{i}");
}
