using System.Text;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;

namespace CrmKpi.EventLog.Tests;

/// <summary>What tests start from.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static NewEvent Event(
        string sourceId, string stream = "deal/1", string type = "deal.created", string data = """{"stage": "new"}""",
        string source = "test") =>
        new(source, sourceId, type, stream, Noon, Encoding.UTF8.GetBytes(data));

    public static NewEvent[] Events(int first, int count, string stream = "deal/1") =>
        [.. Enumerable.Range(first, count).Select(i => Event($"e{i}", stream))];

    public static async Task<TestDatabase> DatabaseWith(params string[] tenants)
    {
        var db = await TestDatabase.Create();
        foreach (var tenant in tenants)
            Assert.True(await new TenantStore(db.Database).Register(tenant, tenant, TenantStore.DefaultAgency));
        return db;
    }
}
