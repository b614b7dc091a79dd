using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.OwnKpis;

/// <summary>An agency of its own for a test, with a key that may do everything in it.</summary>
internal sealed record Agencies(Installation Crm, string Id, HttpClient Admin)
{
    private static int s_count;

    public static async Task<Agencies> New(Installation crm)
    {
        var id = $"agency-{Interlocked.Increment(ref s_count)}";
        await crm.Database.Scalar<string>("INSERT INTO control.agencies (id, name) VALUES ($1, $1) RETURNING id", id);
        return new Agencies(crm, id, crm.Client(await Key(crm, id, null)));
    }

    /// <summary>A tenant of the agency.</summary>
    public async Task<string> Tenant()
    {
        var id = Installation.NewTenantId();
        using var answer = await Admin.PutText($"/v1/tenants/{id}", """{"name":"T"}""");
        answer.EnsureSuccessStatusCode();
        return id;
    }

    /// <summary>A client with a key that is bound to tenants of the agency.</summary>
    public async Task<HttpClient> Bound(params string[] tenants) => Crm.Client(await Key(Crm, Id, tenants));

    private static async Task<string> Key(Installation crm, string agency, string[]? tenants) =>
        (await new KeyStore(crm.Database.Database).Create(
            "test", agency, Scopes.Admin | Scopes.Query | Scopes.Ingest, tenants, null)).Text;
}
