using System.Globalization;
using System.Text.Json;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Audit;

/// <summary>
/// <c>GET /v1/agencies/{agency}/audit?after=&amp;limit=</c>: the administrative acts of an agency as CloudEvents, in
/// their order and without gaps. For its own admins, since it names their tenants; not for keys that are bound to tenants.
/// </summary>
internal static class AuditEndpoint
{
    private const string Source = "crmkpi/control";

    public static void MapAudit(this WebApplication app) =>
        app.MapGet("/v1/agencies/{agency}/audit", Get).RequireScope(Scopes.Admin)
            .WithParameters(Paging.Parameters);

    private static async Task<IResult> Get(string agency, HttpRequest request, AuditTrail trail, CancellationToken ct)
    {
        var limit = Paging.Limit(request);
        // One more than asked for tells whether there is a next page.
        var acts = await trail.Read(agency, Paging.After(request), limit + 1, ct);
        return new JsonAnswer(json =>
        {
            json.WriteStartArray("events");
            foreach (var act in acts.Take(limit))
                Write(json, agency, act);
            json.WriteEndArray();
            if (acts.Count > limit)
                json.WriteNumber("next", acts[limit - 1].Sequence);
            else
                json.WriteNull("next");
        });
    }

    private static void Write(Utf8JsonWriter json, string agency, RecordedAct act)
    {
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        json.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"{agency}/{act.Sequence}"));
        json.WriteString("source", Source);
        json.WriteString("type", act.Type);
        json.WriteString("subject", act.Subject);
        json.WriteString("time", JsonAnswer.Time(act.RecordedAt));
        // The extension attribute 'sequence' of CloudEvents is a text.
        json.WriteString("sequence", act.Sequence.ToString(CultureInfo.InvariantCulture));
        json.WriteString("datacontenttype", "application/json");
        json.WriteStartObject("data");
        json.WritePropertyName("actor");
        json.WriteRawValue(act.Actor);
        json.WriteString("requestId", act.RequestId);
        json.WritePropertyName("changes");
        json.WriteRawValue(act.Changes);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
