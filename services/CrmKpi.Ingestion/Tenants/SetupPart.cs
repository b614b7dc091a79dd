using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CrmKpi.Domain.Events;

namespace CrmKpi.Ingestion.Tenants;

/// <summary>A part of a set-up that becomes one settings event.</summary>
/// <param name="Type">The event's type.</param>
/// <param name="Data">The event's data.</param>
/// <param name="Pointer">Where the part stands in the body.</param>
internal sealed record SetupPart(string Type, byte[] Data, string Pointer)
{
    /// <summary>The stream of a tenant's settings.</summary>
    public const string Stream = "tenant";

    private const string Source = "crmkpi/setup";

    /// <summary>
    /// The event. Its id follows from what it says and from what it is said about, so that a request sent twice, at once or after
    /// a lost answer, is one event, and going back to an earlier value is another.
    /// </summary>
    public ParsedEvent ToEvent(long streamVersion, DateTimeOffset time)
    {
        var digest = SHA256.HashData([.. Encoding.UTF8.GetBytes($"{Type}\n{streamVersion}\n"), .. Data]);
        var bytes = new ArrayBufferWriter<byte>(Data.Length + 256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", Convert.ToHexStringLower(digest.AsSpan(0, 16)));
            json.WriteString("source", Source);
            json.WriteString("type", Type);
            json.WriteString("subject", Stream);
            json.WriteString("time", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            json.WritePropertyName("data");
            json.WriteRawValue(Data);
            json.WriteEndObject();
        }
        return CloudEventParser.Parse(bytes.WrittenMemory, time);
    }

    /// <summary>A problem of the event as a place in the body: <c>/data/stages/0</c> → <c>/pipelines/1/stages/0</c>.</summary>
    public string PointerOf(EventProblem problem)
    {
        const string Data = "/data";
        var inside = problem.Pointer.StartsWith(Data, StringComparison.Ordinal) ? problem.Pointer[Data.Length..] : "";
        return Pointer + (Type, inside) switch
        {
            (Types.Pipeline, "/pipeline") => "/id",
            (Types.Launched, "/date") => "",
            _ => inside,
        };
    }

    /// <summary>The types of settings events that a set-up makes.</summary>
    public static class Types
    {
        public const string Registered = "tenant.registered";
        public const string Settings = "tenant.settings_changed";
        public const string Pipeline = "tenant.pipeline_defined";
        public const string Calendar = "tenant.calendar_set";
        public const string Launched = "tenant.crm_launched";
    }
}

/// <summary>The parts of a body.</summary>
internal static class SetupParts
{
    /// <summary>The single settings among <paramref name="names"/> as one part; null when the body has none of them.</summary>
    public static SetupPart? Settings(JsonElement body, string type, IEnumerable<string> names)
    {
        var given = names.Where(n => body.TryGetProperty(n, out var v) && v.ValueKind != JsonValueKind.Null).ToList();
        return given.Count == 0 ? null : new SetupPart(type, Object(json =>
        {
            foreach (var name in given)
                Member(json, name, body.GetProperty(name));
        }), "");
    }

    /// <summary>Pipelines, calendar and the day on which the CRM was launched.</summary>
    public static IEnumerable<SetupPart> Others(JsonElement body)
    {
        if (body.TryGetProperty("pipelines", out var pipelines) && pipelines.ValueKind == JsonValueKind.Array)
            foreach (var (i, pipeline) in pipelines.EnumerateArray().Index())
                yield return new SetupPart(SetupPart.Types.Pipeline, Renamed(pipeline), $"/pipelines/{i}");
        if (body.TryGetProperty("calendar", out var calendar) && calendar.ValueKind != JsonValueKind.Null)
            yield return new SetupPart(SetupPart.Types.Calendar, Object(json => Copy(json, calendar)), "/calendar");
        if (body.TryGetProperty("crmLaunched", out var launched) && launched.ValueKind != JsonValueKind.Null)
            yield return new SetupPart(SetupPart.Types.Launched, Object(json => Member(json, "date", launched)), "/crmLaunched");
    }

    // The event calls the pipeline's id 'pipeline'.
    private static byte[] Renamed(JsonElement pipeline) => Object(json =>
    {
        if (pipeline.ValueKind != JsonValueKind.Object)
            return;
        foreach (var property in pipeline.EnumerateObject())
            Member(json, property.Name == "id" ? "pipeline" : property.Name, property.Value);
    });

    private static void Member(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    private static void Copy(Utf8JsonWriter json, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return;
        foreach (var property in element.EnumerateObject())
            property.WriteTo(json);
    }

    private static byte[] Object(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }
}
