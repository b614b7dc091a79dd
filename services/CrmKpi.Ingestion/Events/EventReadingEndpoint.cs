using System.Globalization;
using System.Text.Json;
using CrmKpi.EventLog;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Events;

/// <summary>
/// <c>GET /v1/tenants/{tenant}/events?stream=&amp;after=&amp;limit=</c>: a page of the log by sequence, or of one stream by version.
/// </summary>
internal static class EventReadingEndpoint
{
    // A page of large events ends early, so that no page is larger than this and one event.
    private const int PageBytesMax = 8 * 1024 * 1024;
    private const int ReadMax = 50;

    public static void MapEventReading(this WebApplication app) =>
        app.MapGet("/v1/tenants/{tenant}/events", Get).RequireScope(Scopes.Query)
            .WithParameters(["stream", .. Paging.Parameters]);

    private static async Task<IResult> Get(
        string tenant, string? stream, HttpRequest request, EventLog.EventLog log, CancellationToken ct)
    {
        var after = Paging.After(request);
        var limit = Paging.Limit(request);
        var page = new List<StoredEvent>();
        var (bytes, next) = (0, (long?)null);
        while (page.Count < limit && bytes < PageBytesMax)
        {
            // One more than wanted tells whether there is a next page.
            var wanted = Math.Min(ReadMax, limit - page.Count);
            var read = stream is null
                ? await log.Read(tenant, after, wanted + 1, ct)
                : await log.ReadStream(tenant, stream, after, wanted + 1, ct);
            foreach (var e in read.Take(wanted))
            {
                page.Add(e);
                bytes += e.Data.Length;
                after = stream is null ? e.Sequence : e.Version;
                if (bytes >= PageBytesMax)
                    break;
            }
            next = read.Count > wanted || bytes >= PageBytesMax ? after : null;
            if (next is null)
                break;
        }
        return new JsonAnswer(json => Write(json, page, next));
    }

    private static void Write(Utf8JsonWriter json, List<StoredEvent> page, long? next)
    {
        json.WriteStartArray("events");
        foreach (var e in page)
        {
            json.WriteStartObject();
            json.WriteNumber("sequence", e.Sequence);
            json.WriteString("stream", e.StreamId);
            json.WriteNumber("version", e.Version);
            json.WriteString("type", e.Type);
            json.WriteString("source", e.Source);
            json.WriteString("id", e.SourceId);
            json.WriteString("eventId", e.Id);
            json.WriteString("time", Time(e.OccurredAt));
            json.WriteString("recordedAt", Time(e.RecordedAt));
            json.WritePropertyName("data");
            json.WriteRawValue(e.Data.Span, skipInputValidation: true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (next is { } after)
            json.WriteNumber("next", after);
        else
            json.WriteNull("next");
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
