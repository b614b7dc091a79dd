using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Tenants;

/// <summary>
/// <c>PUT /v1/tenants/{tenant}</c> registers and sets up, <c>GET</c> shows one, <c>GET /v1/tenants</c> lists those that the key may see.
/// </summary>
internal static class TenantEndpoints
{
    public static void MapTenants(this WebApplication app)
    {
        app.MapPut("/v1/tenants/{tenant}", Put).RequireScope(Scopes.Admin, tenantMayBeNew: true);
        app.MapGet("/v1/tenants/{tenant}", Get).RequireKey();
        app.MapGet("/v1/tenants", List).RequireKey().WithParameters(Paging.Parameters);
    }

    private static async Task<IResult> Put(string tenant, HttpContext context, TenantSetup setup, CancellationToken ct)
    {
        if (!Tenant.IsValidId(tenant))
            throw new ProblemException(KnownProblems.BadParameter(
                "tenant", $"A tenant's id must match {Tenant.IdPattern}: lower-case letters, digits and hyphens."));
        using var body = await JsonBody.Read(context.Request, ct);
        var result = await setup.Put(tenant, context.ActedBy(), body.RootElement, ct);
        return new JsonAnswer(json =>
        {
            json.WriteString("id", tenant);
            json.WriteNumber("changes", result.Changes);
            json.WriteNumber("sequence", result.Sequence);
            json.WritePropertyName("settings");
            SettingsJson.Write(json, result.Settings);
        }, result.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK)
        {
            Location = result.Created ? $"/v1/tenants/{tenant}" : null,
        };
    }

    private static async Task<IResult> Get(
        string tenant, TenantStore tenants, EventLog.EventLog log, CancellationToken ct)
    {
        var found = await tenants.Find(tenant, ct) ?? throw new ProblemException(KnownProblems.NoSuchTenant);
        var stream = await SettingsStream.Read(log, tenant, ct);
        var head = await log.Head(tenant, ct);
        return new JsonAnswer(json =>
        {
            json.WriteString("id", tenant);
            json.WriteString("createdAt", JsonAnswer.Time(found.CreatedAt));
            json.WriteNumber("sequence", head);
            json.WritePropertyName("settings");
            SettingsJson.Write(json, stream.Fold.Settings);
        });
    }

    private static async Task<IResult> List(
        HttpContext context, TenantStore tenants, CancellationToken ct)
    {
        var after = Paging.AfterId(context.Request);
        var limit = Paging.Limit(context.Request);
        // One more than asked for tells whether there is a next page.
        var found = await Visible(context.Caller(), after ?? "", limit + 1, tenants, ct);
        return new JsonAnswer(json =>
        {
            json.WriteStartArray("tenants");
            foreach (var tenant in found.Take(limit))
            {
                json.WriteStartObject();
                json.WriteString("id", tenant.Id);
                json.WriteString("name", tenant.Name);
                json.WriteString("createdAt", JsonAnswer.Time(tenant.CreatedAt));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("next", found.Count > limit ? found[limit - 1].Id : null);
        });
    }

    private static async Task<IReadOnlyList<Tenant>> Visible(
        Caller caller, string after, int max, TenantStore tenants, CancellationToken ct)
    {
        if (caller.Tenants is null)
            return await tenants.List(caller.Agency, after, max, ct);
        var found = new List<Tenant>();
        foreach (var id in caller.Tenants.Where(t => string.CompareOrdinal(t, after) > 0).Distinct().Order(StringComparer.Ordinal))
        {
            if (await tenants.Find(id, ct) is { } tenant && tenant.Agency == caller.Agency)
                found.Add(tenant);
            if (found.Count == max)
                break;
        }
        return found;
    }
}
