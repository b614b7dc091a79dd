using System.Net.Http.Json;

namespace CrmKpi.Services.Tests;

/// <summary>An agency of its own for a test, with a key that may do everything in it.</summary>
internal sealed record Agencies(Installation Crm, string Id, HttpClient Admin)
{
    private static int s_count;

    /// <summary>Registers it, as the operator.</summary>
    public static async Task<Agencies> New(Installation crm)
    {
        var id = $"agency-{Interlocked.Increment(ref s_count)}";
        using var made = await crm.Admin.PutAsJsonAsync($"/v1/agencies/{id}", new { name = id });
        made.EnsureSuccessStatusCode();
        return new Agencies(crm, id, crm.Client((await Key(crm, id, null)).Text));
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
    public async Task<HttpClient> Bound(params string[] tenants) => Crm.Client((await Key(Crm, Id, tenants)).Text);

    /// <summary>A key of the agency, made by the operator.</summary>
    public Task<(string Text, string Id)> Key(params string[] scopes) => Key(Crm, Id, null, scopes);

    private static async Task<(string Text, string Id)> Key(
        Installation crm, string agency, string[]? tenants, string[]? scopes = null)
    {
        using var made = await crm.Admin.PostAsJsonAsync(
            "/v1/keys", new { name = "test", agency, scopes = scopes ?? ["admin", "query", "ingest"], tenants });
        var key = await made.Json();
        return (key.GetProperty("key").GetString()!, key.GetProperty("id").GetString()!);
    }
}
