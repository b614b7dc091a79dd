using Npgsql;

namespace CrmKpi.EventLog.Tests;

/// <summary>What Marten 9 was seen to need of a database that it opens without making it.</summary>
public sealed class MartenShapeTests
{
    [Theory]
    [InlineData("mt_events", "seq_id bigint!, id uuid!, stream_id character varying!, version bigint!, data jsonb!, bdata bytea, " +
        "type character varying!, timestamp timestamp with time zone!, tenant_id character varying!, " +
        "mt_dotnet_type character varying, is_archived boolean!")]
    [InlineData("mt_streams", "tenant_id character varying!, id character varying!, type character varying, version bigint!, " +
        "timestamp timestamp with time zone!, created timestamp with time zone!, is_archived boolean!")]
    [InlineData("mt_tenant_partitions", "partition_value character varying!, partition_suffix character varying")]
    [InlineData("mt_event_progression", "name character varying!, last_seq_id bigint, last_updated timestamp with time zone")]
    [InlineData("mt_doc_deadletterevent", "id uuid!, data jsonb!, mt_last_modified timestamp with time zone, mt_version uuid!, " +
        "mt_dotnet_type character varying")]
    public async Task Columns_have_Martens_names_and_types(string table, string columns)
    {
        await using var db = await Given.DatabaseWith();
        var there = await Strings(db.DataSource,
            """
            SELECT column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN '!' ELSE '' END
            FROM information_schema.columns WHERE table_schema = 'events' AND table_name = $1
            """, table);
        foreach (var column in columns.Split(", "))
            Assert.Contains(column, there);
    }

    [Theory]
    [InlineData("mt_events", "PRIMARY KEY", "tenant_id, seq_id")]
    [InlineData("mt_events", "UNIQUE", "tenant_id, stream_id, version")]
    [InlineData("mt_events", "UNIQUE", "tenant_id, id")]
    [InlineData("mt_streams", "PRIMARY KEY", "tenant_id, id")]
    [InlineData("mt_tenant_partitions", "PRIMARY KEY", "partition_value")]
    [InlineData("mt_event_progression", "PRIMARY KEY", "name")]
    [InlineData("mt_doc_deadletterevent", "PRIMARY KEY", "id")]
    public async Task Keys_are_unique(string table, string kind, string columns)
    {
        await using var db = await Given.DatabaseWith();
        var keys = await Strings(db.DataSource,
            """
            SELECT
                CASE WHEN i.indisprimary THEN 'PRIMARY KEY' ELSE 'UNIQUE' END || ' ' ||
                (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
                 FROM unnest(i.indkey) WITH ORDINALITY AS k (attribute, place)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attribute)
            FROM pg_index i
            WHERE i.indrelid = ('events.' || $1)::regclass AND i.indisunique
            """, table);
        Assert.Contains($"{kind} {columns}", keys);
    }

    [Fact]
    public async Task Type_names_have_Martens_length()
    {
        await using var db = await Given.DatabaseWith();
        Assert.Equal(500, await db.Scalar<int>(
            """
            SELECT character_maximum_length::int FROM information_schema.columns
            WHERE table_schema = 'events' AND table_name = 'mt_events' AND column_name = 'type'
            """));
    }

    [Fact]
    public async Task The_log_is_hash_partitioned_by_tenant()
    {
        await using var db = await Given.DatabaseWith();
        Assert.Equal("HASH (tenant_id)", await db.Scalar<string>("SELECT pg_get_partkeydef('events.mt_events'::regclass)"));
        Assert.Equal("HASH (tenant_id)", await db.Scalar<string>("SELECT pg_get_partkeydef('events.mt_streams'::regclass)"));
        Assert.Equal(16, await db.Scalar<long>("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events.mt_events'::regclass"));
    }

    [Fact]
    public async Task Progress_is_marked_by_the_function_and_its_named_key()
    {
        await using var db = await Given.DatabaseWith();
        await db.Execute("SELECT events.mt_mark_event_progression('Deals:All', 17)");
        await db.Execute("SELECT events.mt_mark_event_progression('Deals:All', 42)");
        Assert.Equal(42, await db.Scalar<long>("SELECT last_seq_id FROM events.mt_event_progression WHERE name = 'Deals:All'"));
        Assert.Equal("pk_mt_event_progression", await db.Scalar<string>(
            "SELECT conname::text FROM pg_constraint WHERE conrelid = 'events.mt_event_progression'::regclass AND contype = 'p'"));
    }

    [Fact]
    public async Task Each_tenant_has_its_partition_row_and_its_head_from_the_start()
    {
        await using var db = await Given.DatabaseWith("acme-1", "acme-2");
        Assert.Equal(
            ["acme-1=acme_1", "acme-2=acme_2"],
            await Strings(
                db.DataSource,
                "SELECT partition_value || '=' || partition_suffix FROM events.mt_tenant_partitions ORDER BY 1"));
        Assert.Equal(2, await db.Scalar<long>("SELECT count(*) FROM events.tenant_heads WHERE last_seq = 0"));
    }

    [Fact]
    public async Task Each_stream_has_one_row_with_its_last_version_and_sequences_have_no_gap()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        await using var log = new EventLog(db.Database);
        for (var round = 0; round < 5; round++)
            foreach (var tenant in new[] { "one", "two" })
                await log.Append(tenant,
                    [.. Enumerable.Range(0, 20).Select(i => Given.Event($"{round}-{i}", $"deal/{(i * 7 + round) % 6}"))]);
        const string Wrong =
            """
            SELECT count(*) FROM (
                SELECT tenant_id, stream_id AS id, count(*) AS n, max(version) AS version
                FROM events.mt_events GROUP BY tenant_id, stream_id) AS e
            FULL JOIN events.mt_streams s USING (tenant_id, id)
            WHERE e.version IS DISTINCT FROM s.version OR e.n IS DISTINCT FROM s.version
            """;
        Assert.Equal(0, await db.Scalar<long>(Wrong));
        Assert.Equal(12, await db.Scalar<long>("SELECT count(*) FROM events.mt_streams"));
        Assert.Equal(2, await db.Scalar<long>(
            """
            SELECT count(*) FROM (
                SELECT FROM events.mt_events GROUP BY tenant_id
                HAVING min(seq_id) = 1 AND max(seq_id) = 100 AND count(*) = 100) AS whole
            """));
    }

    private static async Task<List<string>> Strings(NpgsqlDataSource source, string sql, params string[] parameters)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync();
        var strings = new List<string>();
        while (await reader.ReadAsync())
            strings.Add(reader.GetString(0));
        return strings;
    }
}
