using CrmKpi.Postgres;

namespace CrmKpi.ReadModels.Tests.Isolation;

/// <summary>Row-level security costs one comparison a statement: the statements of the hot paths keep their indexes.</summary>
public sealed class PlanTests
{
    [Theory]
    [InlineData("SELECT seq_id FROM events.mt_events WHERE tenant_id = 'alpha' AND seq_id > 5 AND seq_id <= 10 ORDER BY seq_id")]
    [InlineData("SELECT seq_id FROM events.mt_events WHERE tenant_id = 'alpha' AND stream_id = 'deal/1' AND version > 0")]
    [InlineData("SELECT seq_id FROM events.mt_events WHERE tenant_id = 'alpha' AND id = gen_random_uuid()")]
    [InlineData("SELECT last_seq FROM events.tenant_heads WHERE tenant_id = 'alpha'")]
    [InlineData("SELECT day FROM kpi.cube WHERE tenant_id = 'alpha' AND generation = 1 AND measure = 3::smallint")]
    [InlineData("SELECT id FROM kpi.deals WHERE tenant_id = 'alpha' AND generation = 1 AND id = ANY ('{a,b}')")]
    [InlineData("SELECT id FROM kpi.deals WHERE tenant_id = 'alpha' AND generation = 1 AND id >= 'a' ORDER BY id LIMIT 10")]
    [InlineData("SELECT id FROM kpi.dimension_sets WHERE tenant_id = 'alpha' AND id >= 5 ORDER BY id")]
    [InlineData("SELECT cells FROM kpi.cube_changes WHERE tenant_id = 'alpha' AND generation = 1 AND to_sequence > 10")]
    public async Task A_lookup_uses_its_index_and_prunes_partitions(string sql)
    {
        await using var world = await Isolated.TwoTenants(100);
        await using var query = world.Database.As(DatabaseRoles.Query);
        await using var transaction = await query.For(Isolated.A).Begin();
        await transaction.Execute("SET LOCAL enable_seqscan = off", Array.Empty<object>());
        await using var explain = transaction.Command($"EXPLAIN (COSTS OFF) {sql}");
        var lines = new List<string>();
        await using (var reader = await explain.ExecuteReader())
            while (await reader.ReadAsync())
                lines.Add(reader.GetString(0));
        var plan = string.Join('\n', lines);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.Contains("Index Cond: ((", plan.Replace("Index Cond: (tenant", "Index Cond: ((tenant", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("One-Time Filter", plan, StringComparison.Ordinal);
        Assert.Single(lines, line => line.Contains("Index Scan", StringComparison.Ordinal)
            || line.Contains("Index Only Scan", StringComparison.Ordinal));
    }
}
