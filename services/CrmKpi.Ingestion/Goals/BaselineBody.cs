using System.Text;
using System.Text.Json;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.Events;
using CrmKpi.Ingestion.Tenants;

namespace CrmKpi.Ingestion.Goals;

/// <summary>The body of <c>PUT …/baseline</c>: <c>{ "from": day, "to": day after the last }</c>.</summary>
internal static class BaselineBody
{
    /// <summary>The event that it becomes; throws 400 for what the event may not be.</summary>
    public static SetupPart Part(JsonElement body, DateTimeOffset now)
    {
        JsonBody.RequireOnly(body, "from", "to");
        var part = new SetupPart("tenant.baseline_set", Encoding.UTF8.GetBytes(body.GetRawText()), "");
        if (part.ToEvent(0, now).Problems is [var first, ..] problems)
            throw JsonBody.Invalid(first.Code, IntakeChunk.Summary(problems).Detail, part.PointerOf(first));
        return part;
    }
}
