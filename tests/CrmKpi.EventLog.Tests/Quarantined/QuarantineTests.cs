using System.Text;

namespace CrmKpi.EventLog.Tests.Quarantined;

public sealed class QuarantineTests
{
    private static QuarantinedEvent Row(string id, string body = "{}", string code = "unknown_type") =>
        new(0, default, id, "test", "deal.wonn", code, "There is no type 'deal.wonn'.", "/type", Encoding.UTF8.GetBytes(body), 0);

    [Fact]
    public async Task What_was_refused_is_kept_as_it_was_sent()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        var quarantine = new Quarantine(db.Database);
        byte[] notEvenUtf8 = [0x7b, 0xff, 0x00, 0x7d];
        var unreadable = new QuarantinedEvent(0, default, null, null, null, "malformed", "?", null, default, 0);
        await quarantine.Add("one", [Row("a") with { Body = notEvenUtf8 }, unreadable]);
        await quarantine.Add("two", [Row("b")]);

        var rows = await quarantine.List("one", 0, 10);
        Assert.Equal(2, rows.Count);
        Assert.Equal(("a", "test", "deal.wonn", "unknown_type", "/type", 1),
            (rows[0].EventId, rows[0].Source, rows[0].Type, rows[0].Code, rows[0].Pointer, rows[0].Attempts));
        Assert.Equal(notEvenUtf8, rows[0].Body.ToArray());
        Assert.Equal((null, null, null, 0), (rows[1].EventId, rows[1].Source, rows[1].Type, rows[1].Body.Length));
        Assert.True(rows[1].Id > rows[0].Id);
        Assert.Single(await quarantine.List("one", rows[0].Id, 10));
        Assert.Single(await quarantine.List("one", 0, 1));
    }

    [Fact]
    public async Task Rows_are_removed_after_success_and_updated_after_another_failure()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        var quarantine = new Quarantine(db.Database);
        await quarantine.Add("one", [Row("a"), Row("b"), Row("c")]);
        var rows = await quarantine.List("one", 0, 10);
        await quarantine.Remove("two", [rows[0].Id]);
        await quarantine.Remove("one", [rows[1].Id]);
        await quarantine.Update("two", rows[0] with { Code = "foreign" });
        await quarantine.Update("one", rows[2] with { Code = "missing_field", Detail = "No amount.", Pointer = null });
        var left = await quarantine.List("one", 0, 10);
        Assert.Equal([("a", "unknown_type", 1), ("c", "missing_field", 2)], left.Select(r => (r.EventId, r.Code, r.Attempts)));
        Assert.Equal(("No amount.", null), (left[1].Detail, left[1].Pointer));
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_cut_and_its_length_kept()
    {
        await using var db = await Given.DatabaseWith("one");
        var quarantine = new Quarantine(db.Database);
        await quarantine.Add("one", [Row("long", new string('x', Quarantine.BodyBytesMax + 17)), Row("short")]);
        var rows = await quarantine.List("one", 0, 10);
        Assert.Equal(
            (Quarantine.BodyBytesMax, Quarantine.BodyBytesMax + 17L, true),
            (rows[0].Body.Length, rows[0].BodyLength, rows[0].IsCut));
        Assert.Equal((2, 2L, false), (rows[1].Body.Length, rows[1].BodyLength, rows[1].IsCut));
    }

    [Fact]
    public async Task Beyond_the_limit_of_rows_the_oldest_go()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        var quarantine = new Quarantine(db.Database);
        await quarantine.Add("two", [Row("other")]);
        await quarantine.Add("one", [Row("first"), Row("second")]);
        await db.Execute(
            """
            INSERT INTO control.quarantine (tenant_id, event_id, code, detail, body, body_length)
            SELECT 'one', 'n' || n, 'x', 'x', '', 0 FROM generate_series(1, $1) AS n
            """, Quarantine.QuarantineRowsMax - 2);
        Assert.Equal("first", (await quarantine.List("one", 0, 1))[0].EventId);
        await quarantine.Add("one", [Row("last")]);
        Assert.Equal("second", (await quarantine.List("one", 0, 1))[0].EventId);
        Assert.Equal(
            (long)Quarantine.QuarantineRowsMax,
            await db.Scalar<long>("SELECT count(*) FROM control.quarantine WHERE tenant_id = 'one'"));
        Assert.Single(await quarantine.List("two", 0, 10));
    }

    [Fact]
    public async Task Beyond_the_limit_of_bytes_the_oldest_go()
    {
        await using var db = await Given.DatabaseWith("one");
        var quarantine = new Quarantine(db.Database);
        // Compresses well on disk; what counts is what was sent.
        await db.Execute(
            """
            INSERT INTO control.quarantine (tenant_id, event_id, code, detail, body, body_length)
            SELECT 'one', 'n' || n, 'x', 'x', decode(repeat('00', $1), 'hex'), $1 FROM generate_series(1, 260) AS n
            """, Quarantine.BodyBytesMax);
        await quarantine.Add("one", [Row("last")]);
        Assert.Equal(256, await db.Scalar<long>("SELECT count(*) FROM control.quarantine"));
        Assert.Equal("last", await db.Scalar<string>("SELECT event_id FROM control.quarantine ORDER BY id DESC LIMIT 1"));
    }

    [Fact]
    public async Task Texts_that_PostgreSQL_cannot_store_do_not_hinder()
    {
        await using var db = await Given.DatabaseWith("one");
        var quarantine = new Quarantine(db.Database);
        await quarantine.Add("one", [Row("a\0b\ud800") with { Detail = new string('d', 5_000) }]);
        var row = Assert.Single(await quarantine.List("one", 0, 10));
        Assert.Equal("a\uFFFDb\uFFFD", row.EventId);
        Assert.Equal(2_000, row.Detail.Length);
    }

    [Fact]
    public async Task A_tenant_that_is_not_registered_has_no_quarantine()
    {
        await using var db = await Given.DatabaseWith();
        await Assert.ThrowsAsync<UnknownTenantException>(() => new Quarantine(db.Database).Add("nobody", [Row("a")]));
    }
}
