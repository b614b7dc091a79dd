using System.Globalization;
using System.Text.Json;
using CrmKpi.EventLog;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Quotas;

/// <summary>
/// <c>PUT /v1/agencies/{agency}/quota</c>, for the operator, and <c>GET …/usage</c>, for the agency's own keys that are not bound to
/// tenants and for the operator.
/// </summary>
internal static class QuotaEndpoints
{
    private const int DaysDefault = 30;
    private const int DaysMax = 400;
    private const string EventsPerDay = "eventsPerDay";
    private const string Tenants = "tenants";

    public static WebApplicationBuilder AddQuotas(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<QuotaStore>();
        builder.Services.AddSingleton<UsageStore>();
        builder.Services.AddSingleton<QuotaGate>();
        return builder;
    }

    public static void MapQuotas(this WebApplication app)
    {
        app.MapPut("/v1/agencies/{agency}/quota", Put).RequireScope(Scopes.Operator);
        app.MapGet("/v1/agencies/{agency}/usage", Get).RequireKey().WithParameters("days");
    }

    private static async Task<IResult> Put(string agency, HttpContext context, QuotaStore quotas, CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        JsonBody.RequireOnly(body.RootElement, EventsPerDay, Tenants);
        var quota = new AgencyQuota(
            Number(body.RootElement, EventsPerDay, long.MaxValue), (int?)Number(body.RootElement, Tenants, int.MaxValue));
        if (!await quotas.Set(agency, quota, context.ActedBy(), ct))
            throw new ProblemException(NoSuchAgency);
        return new JsonAnswer(json =>
        {
            json.WriteString("agency", agency);
            WriteQuota(json, quota);
        });
    }

    private static async Task<IResult> Get(
        string agency, HttpContext context, QuotaStore quotas, UsageStore usage, TimeProvider time, CancellationToken ct)
    {
        var caller = context.Caller();
        if (!caller.Has(Scopes.Operator) && (caller.Agency != agency || caller.Tenants is not null))
            throw new ProblemException(NoSuchAgency);
        var days = Days(context.Request);
        var quota = await quotas.Find(agency, ct) ?? throw new ProblemException(NoSuchAgency);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var used = await usage.Days(agency, today.AddDays(1 - days), today, ct);
        var tenants = await quotas.CountTenants(agency, ct);
        return new JsonAnswer(json =>
        {
            json.WriteString("agency", agency);
            json.WriteStartObject("quota");
            WriteQuota(json, quota);
            json.WriteEndObject();
            json.WriteNumber(Tenants, tenants);
            json.WriteString("today", Text(today));
            json.WriteNumber("eventsToday", used.Where(u => u.Day == today).Sum(u => u.Events));
            json.WriteStartArray("days");
            foreach (var (day, events) in used)
            {
                json.WriteStartObject();
                json.WriteString("day", Text(day));
                json.WriteNumber("events", events);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static void WriteQuota(Utf8JsonWriter json, AgencyQuota quota)
    {
        if (quota.EventsPerDay is { } events)
            json.WriteNumber(EventsPerDay, events);
        else
            json.WriteNull(EventsPerDay);
        if (quota.TenantsMax is { } tenants)
            json.WriteNumber(Tenants, tenants);
        else
            json.WriteNull(Tenants);
    }

    private static long? Number(JsonElement body, string name, long max)
    {
        if (!body.TryGetProperty(name, out var value))
            throw JsonBody.Invalid("missing_field", $"'{name}' is required: a whole number from 0, or null for no limit.", $"/{name}");
        if (value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 && number <= max)
            return number;
        throw JsonBody.Invalid("wrong_type", $"'{name}' is a whole number from 0 to {max}, or null for no limit.", $"/{name}");
    }

    private static int Days(HttpRequest request)
    {
        const string Name = "days";
        if (!request.Query.TryGetValue(Name, out var text))
            return DaysDefault;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= DaysMax
            ? days
            : throw new ProblemException(KnownProblems.BadParameter(Name, $"'{Name}' is a whole number from 1 to {DaysMax}."));
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static readonly Problem NoSuchAgency = new(
        StatusCodes.Status404NotFound, "agency_not_found",
        "There is no such agency, or this key has no access to it (a key that is bound to tenants never has).");
}
