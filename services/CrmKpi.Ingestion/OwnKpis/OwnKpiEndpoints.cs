using System.Globalization;
using System.Text.Json;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.OwnKpis;

/// <summary>
/// <c>PUT|GET|DELETE /v1/tenants/{tenant}/kpis/{id}</c> and <c>GET …/kpis/own</c>; the same below
/// <c>/v1/agencies/{agency}</c>, which
/// is for keys of that agency that are not bound to tenants.
/// </summary>
internal static class OwnKpiEndpoints
{
    public static void MapOwnKpis(this WebApplication app)
    {
        app.MapPut("/v1/tenants/{tenant}/kpis/{id}",
            (string tenant, string id, HttpContext context, OwnKpiBook book, CancellationToken ct) =>
            Put(OfTenant(context, tenant), id, context, book, ct)).RequireScope(Scopes.Admin);
        app.MapGet("/v1/tenants/{tenant}/kpis/own",
            (string tenant, HttpContext context, OwnKpiBook book, CancellationToken ct) =>
            List(OfTenant(context, tenant), context.Request, book, ct)).RequireScope(Scopes.Admin)
            .WithParameters(Paging.Parameters);
        app.MapGet("/v1/tenants/{tenant}/kpis/{id}",
            (string tenant, string id, HttpContext context, OwnKpiBook book, CancellationToken ct) =>
            Get(OfTenant(context, tenant), id, book, ct)).RequireScope(Scopes.Admin);
        app.MapDelete("/v1/tenants/{tenant}/kpis/{id}",
            (string tenant, string id, HttpContext context, OwnKpiBook book, CancellationToken ct) =>
            Delete(OfTenant(context, tenant), id, context, book, ct)).RequireScope(Scopes.Admin);

        app.MapPut("/v1/agencies/{agency}/kpis/{id}",
            (string agency, string id, HttpContext context, OwnKpiBook book, CancellationToken ct) =>
            Put(new OwnKpiScope(agency, null), id, context, book, ct)).RequireScope(Scopes.Admin);
        app.MapGet("/v1/agencies/{agency}/kpis",
            (string agency, HttpContext context, OwnKpiBook book, CancellationToken ct) =>
            List(new OwnKpiScope(agency, null), context.Request, book, ct)).RequireScope(Scopes.Admin)
            .WithParameters(Paging.Parameters);
        app.MapGet("/v1/agencies/{agency}/kpis/{id}",
            (string agency, string id, OwnKpiBook book, CancellationToken ct) =>
            Get(new OwnKpiScope(agency, null), id, book, ct)).RequireScope(Scopes.Admin);
        app.MapDelete("/v1/agencies/{agency}/kpis/{id}",
            (string agency, string id, HttpContext context, OwnKpiBook book, CancellationToken ct) =>
            Delete(new OwnKpiScope(agency, null), id, context, book, ct)).RequireScope(Scopes.Admin);
    }

    private static async Task<IResult> Put(
        OwnKpiScope scope, string id, HttpContext context, OwnKpiBook book, CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        var result = await book.Put(scope, id, body.RootElement, context.ActedBy(), ct);
        return new JsonAnswer(json =>
        {
            json.WriteString("owner", NameOf(scope));
            json.WriteBoolean("changed", result.Changed);
            json.WriteNumber("version", result.Version);
            json.WritePropertyName("kpi");
            OwnKpiJson.Write(json, result.Kpi);
        }, result.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK)
        {
            Location = result.Created ? context.Request.Path.Value : null,
        };
    }

    private static async Task<IResult> Get(OwnKpiScope scope, string id, OwnKpiBook book, CancellationToken ct)
    {
        var found = (await Effective(scope, book, ct)).FirstOrDefault(k => k.Entry.Id == id);
        return found.Entry is null ? NoSuchKpi(id) : new JsonAnswer(json => WriteMembers(json, found.Entry, found.Row));
    }

    private static async Task<IResult> List(
        OwnKpiScope scope, HttpRequest request, OwnKpiBook book, CancellationToken ct)
    {
        var (after, limit) = (Paging.AfterId(request), Paging.Limit(request));
        // An owner has few of them: a page is cut from all.
        var kpis = (await Effective(scope, book, ct)).OrderBy(k => k.Entry.Id, StringComparer.Ordinal)
            .Where(k => string.CompareOrdinal(k.Entry.Id, after) > 0).Take(limit + 1).ToList();
        return new JsonAnswer(json =>
        {
            json.WriteStartArray("kpis");
            foreach (var (entry, row) in kpis.Take(limit))
            {
                json.WriteStartObject();
                WriteMembers(json, entry, row);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("next", kpis.Count > limit ? kpis[limit - 1].Entry.Id : null);
        });
    }

    private static async Task<IResult> Delete(
        OwnKpiScope scope, string id, HttpContext context, OwnKpiBook book, CancellationToken ct) =>
        await book.Delete(scope, id, context.ActedBy(), ct) ? Results.NoContent() : NoSuchKpi(id);

    /// <summary>An agency's definitions, or a tenant's with those of its agency that it has not replaced.</summary>
    private static async Task<IReadOnlyList<(OwnKpiEntry Entry, OwnKpiRow Row)>> Effective(
        OwnKpiScope scope, OwnKpiBook book, CancellationToken ct)
    {
        var agency = await book.Rows(OwnKpiOwner.Agency(scope.Agency), ct);
        var tenant = scope.Tenant is null ? OwnKpiRows.None : await book.Rows(scope.Owner, ct);
        var set = KpiSet.Of(OwnKpiBook.Stored(agency), OwnKpiBook.Stored(tenant), "");
        return
        [
            .. set.Own.Select(e => (e, (e.Owner == KpiOwner.Tenant ? tenant : agency).Kpis.First(k => k.Id == e.Id))),
        ];
    }

    private static void WriteMembers(Utf8JsonWriter json, OwnKpiEntry entry, OwnKpiRow row)
    {
        json.WriteString("id", entry.Id);
        json.WriteString("owner", entry.Owner == KpiOwner.Tenant ? "tenant" : "agency");
        json.WriteNumber("version", row.Version);
        json.WriteString("updatedAt",
            row.UpdatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WritePropertyName("kpi");
        json.WriteRawValue(entry.Definition is { } kpi ? OwnKpiJson.Text(kpi) : row.Definition);
        if (entry.Problem is not { } problem)
            return;
        json.WriteStartObject("problem");
        json.WriteString("code", problem.Code);
        json.WriteString("detail", problem.Detail);
        json.WriteEndObject();
    }

    private static OwnKpiScope OfTenant(HttpContext context, string tenant) => new(context.Caller().Agency, tenant);

    private static string NameOf(OwnKpiScope scope) => scope.Tenant is null ? "agency" : "tenant";

    private static Problem NoSuchKpi(string id) => new(
        StatusCodes.Status404NotFound, "kpi_not_found", $"No KPI '{id}' is defined here.");
}
