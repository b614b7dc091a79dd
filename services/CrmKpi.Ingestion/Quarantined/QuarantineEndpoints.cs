using System.Text;
using System.Text.Json;
using CrmKpi.EventLog;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Quarantined;

/// <summary><c>GET /v1/tenants/{tenant}/quarantine</c> and <c>POST …/quarantine/retry</c>.</summary>
internal static class QuarantineEndpoints
{
    // Bodies may have a megabyte each.
    private const int PageMax = 50;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static void MapQuarantine(this WebApplication app)
    {
        app.MapGet("/v1/tenants/{tenant}/quarantine", List).RequireScope(Scopes.Ingest)
            .WithParameters(Paging.Parameters);
        app.MapPost("/v1/tenants/{tenant}/quarantine/retry", Retry).RequireScope(Scopes.Ingest);
    }

    private static async Task<IResult> List(
        string tenant, HttpRequest request, Quarantine quarantine, CancellationToken ct)
    {
        var limit = Paging.Limit(request, PageMax);
        var found = await quarantine.List(tenant, Paging.After(request), limit + 1, ct);
        return new JsonAnswer(json =>
        {
            json.WriteStartArray("events");
            foreach (var e in found.Take(limit))
                Write(json, e);
            json.WriteEndArray();
            if (found.Count > limit)
                json.WriteNumber("next", found[limit - 1].Id);
            else
                json.WriteNull("next");
        });
    }

    /// <summary>Body: <c>{ "ids": [1, 2] }</c>, or <c>{ "all": true, "after"?: 0, "limit"?: 1000 }</c>.</summary>
    private static async Task<IResult> Retry(
        string tenant, HttpRequest request, QuarantineRetry retry, CancellationToken ct)
    {
        using var body = await JsonBody.Read(request, ct);
        var result = await Run(tenant, body.RootElement, retry, ct);
        return new JsonAnswer(json =>
        {
            json.WriteNumber("accepted", result.Accepted);
            json.WriteNumber("duplicates", result.Duplicates);
            json.WriteStartArray("kept");
            foreach (var kept in result.Kept)
            {
                json.WriteStartObject();
                json.WriteNumber("id", kept.Id);
                json.WriteString("code", kept.Code);
                json.WriteString("detail", kept.Detail);
                json.WriteString("pointer", kept.Pointer);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNumber("sequence", result.Sequence);
            if (result.Next is { } next)
                json.WriteNumber("next", next);
            else
                json.WriteNull("next");
        });
    }

    private static Task<RetryResult> Run(string tenant, JsonElement body, QuarantineRetry retry, CancellationToken ct)
    {
        JsonBody.RequireOnly(body, "ids", "all", "after", "limit");
        if (body.TryGetProperty("ids", out var list) && list.ValueKind != JsonValueKind.Null)
        {
            var ids = list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().Select(e =>
                    e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out var id) && id > 0 ? id : 0).Distinct().ToList()
                : [0];
            if (ids.Contains(0) || ids.Count is 0 or > QuarantineRetry.RetriedMax)
                throw JsonBody.Invalid(
                    "wrong_type", $"'ids' must be a list of 1 to {QuarantineRetry.RetriedMax} ids.", "/ids");
            return retry.Retry(tenant, ids, ct);
        }
        if (!body.TryGetProperty("all", out var all) || all.ValueKind != JsonValueKind.True)
            throw JsonBody.Invalid("missing_field", "Say which events to retry: 'ids', or 'all': true.", "");
        return retry.RetryAll(
            tenant, Number(body, "after", 0, long.MaxValue, 0),
            (int)Number(body, "limit", 1, QuarantineRetry.RetriedMax, QuarantineRetry.RetriedMax), ct);
    }

    private static long Number(JsonElement body, string name, long min, long max, long absent)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return absent;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max
            ? number
            : throw JsonBody.Invalid("out_of_range", $"'{name}' must be a whole number from {min} to {max}.", $"/{name}");
    }

    private static void Write(Utf8JsonWriter json, QuarantinedEvent e)
    {
        json.WriteStartObject();
        json.WriteNumber("id", e.Id);
        json.WriteString("receivedAt", e.ReceivedAt.UtcDateTime);
        json.WriteString("eventId", e.EventId);
        json.WriteString("source", e.Source);
        json.WriteString("type", e.Type);
        json.WriteString("code", e.Code);
        json.WriteString("detail", e.Detail);
        json.WriteString("pointer", e.Pointer);
        json.WriteNumber("attempts", e.Attempts);
        WriteBody(json, e.Body.Span);
        json.WriteEndObject();
    }

    // As text where it is one, so that a person can read it; else as base64, so that nothing of it is lost.
    private static void WriteBody(Utf8JsonWriter json, ReadOnlySpan<byte> body)
    {
        try
        {
            json.WriteString("body", Strict.GetString(body));
        }
        catch (DecoderFallbackException)
        {
            json.WriteBase64String("bodyBase64", body);
        }
    }
}
