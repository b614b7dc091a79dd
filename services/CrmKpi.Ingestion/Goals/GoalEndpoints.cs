using System.Globalization;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.OwnKpis;
using CrmKpi.Ingestion.Tenants;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Goals;

/// <summary>
/// <c>PUT /v1/tenants/{tenant}/baseline</c> and <c>PUT /v1/tenants/{tenant}/targets</c>: with what a tenant is compared and
/// what it wants to reach. What stands already is not set again.
/// </summary>
internal static class GoalEndpoints
{
    public static void MapGoals(this WebApplication app)
    {
        app.MapPut("/v1/tenants/{tenant}/baseline", PutBaseline).RequireScope(Scopes.Admin);
        app.MapPut("/v1/tenants/{tenant}/targets", PutTargets).RequireScope(Scopes.Admin);
    }

    private static async Task<IResult> PutBaseline(
        string tenant, HttpContext context, SettingsAppend settings, TimeProvider time, CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        var part = BaselineBody.Part(body.RootElement, time.GetUtcNow());
        var change = await settings.Append(tenant, context.ActedBy(), Differs, ct);
        var baseline = change.Settings.Baseline!.Value;
        return new JsonAnswer(json =>
        {
            json.WriteNumber("changes", change.Events);
            json.WriteNumber("sequence", change.Sequence);
            json.WriteString("from", Day(baseline.FromDate));
            json.WriteString("to", Day(baseline.ToDate));
        });

        IEnumerable<SetupPart> Differs(SettingsStream stream, DateTimeOffset at)
        {
            var after = stream.After(part.ToEvent(stream.Version, at).Event!);
            return after.Baseline == stream.Fold.Settings.Baseline ? [] : [part];
        }
    }

    private static async Task<IResult> PutTargets(
        string tenant, HttpContext context, SettingsAppend settings, OwnKpiBook kpis, TimeProvider time, CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        var targets = TargetsBody.Parts(
            body.RootElement, await kpis.SetOf(new OwnKpiScope(context.Caller().Agency, tenant), ct), time.GetUtcNow());
        var change = await settings.Append(
            tenant, context.ActedBy(), (stream, at) => targets.Where(t => t.Differs(stream, at)).Select(t => t.Part), ct);
        return new JsonAnswer(json =>
        {
            json.WriteNumber("changes", change.Events);
            json.WriteNumber("sequence", change.Sequence);
            json.WriteNumber("targets", change.Settings.Targets.Count);
        });
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
