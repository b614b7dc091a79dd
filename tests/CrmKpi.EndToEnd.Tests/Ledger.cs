using System.Text.Json;
using CrmKpi.Postgres;
using CrmKpi.Testing;

namespace CrmKpi.EndToEnd.Tests;

/// <summary>Acknowledged = stored = counted, for a tenant with a <see cref="SampleHistory"/>.</summary>
public static class Ledger
{
    /// <summary>Every expected event is in the log once, and the tenant's sequence has no gap.</summary>
    public static async Task AssertLogHoldsEachEventOnce(
        Database database, string tenant, IReadOnlyList<SampleEvent> expected)
    {
        await using var command = database.DataSource.CreateCommand("""
            SELECT seq_id, source_id FROM events.mt_events WHERE tenant_id = $1 AND source = 'sample' ORDER BY seq_id
            """);
        command.Parameters.AddWithValue(tenant);
        var stored = new List<string>();
        long? previous = null;
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync())
            {
                Assert.True(previous is null || reader.GetInt64(0) == previous + 1, $"gap before {reader.GetInt64(0)}");
                previous = reader.GetInt64(0);
                stored.Add(reader.GetString(1));
            }
        Assert.Equal(expected.Count, stored.Count);
        Assert.Equal(
            expected.Select(e => e.Id).Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// KPIs equal a count of the log, and the read models equal their recomputation. Tells what was compared.
    /// </summary>
    public static async Task<string> AssertCubeEqualsLog(HttpClient client, Database database, string tenant)
    {
        // 1. An independent count, straight from the log.
        await using var command = database.DataSource.CreateCommand("""
            SELECT count(*) FILTER (WHERE type = 'lead.created'), count(*) FILTER (WHERE type = 'deal.created'),
                max(seq_id)
            FROM events.mt_events WHERE tenant_id = $1
            """);
        command.Parameters.AddWithValue(tenant);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var (leads, deals, head) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));

        using var response = await client.GetAsync($"/v1/tenants/{tenant}/kpis?kpi=leads_created,deals_created"
            + $"&from=2023-12-01&to=2026-12-01&minSequence={head}");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        using var answer = JsonDocument.Parse(text);
        Assert.Equal(leads, Value(answer.RootElement, "leads_created"));
        Assert.Equal(deals, Value(answer.RootElement, "deals_created"));

        // 2. The whole cube and all facts, folded again from the first event.
        var verified = await Verification.Run(client, tenant);
        Assert.True(verified.CellsCompared > 0, "nothing was compared");
        Assert.True(verified.FactsCompared > 0, "nothing was compared");
        Assert.True(verified.Differences == 0, string.Join('\n', verified.Examples));
        return $"{tenant}: {head} events, {verified.CellsCompared} cells and {verified.FactsCompared} facts compared";
    }

    private static long Value(JsonElement answer, string kpi) => (long)answer.GetProperty("kpis").EnumerateArray()
        .Single(k => k.GetProperty("id").GetString() == kpi)
        .GetProperty("series")[0].GetProperty("points")[0].GetProperty("value").GetDecimal();
}
