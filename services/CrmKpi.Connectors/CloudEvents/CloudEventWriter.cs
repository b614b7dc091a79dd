using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrmKpi.Domain.Events;

namespace CrmKpi.Connectors.CloudEvents;

/// <summary>Writes canonical events as CloudEvents 1.0 in JSON.</summary>
public static class CloudEventWriter
{
    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Appends one event as a line of NDJSON.</summary>
    public static void WriteLine(IBufferWriter<byte> output, CanonicalEvent e)
    {
        using (var json = new Utf8JsonWriter(output, Compact))
        {
            json.WriteStartObject();
            json.WriteString("specversion"u8, "1.0"u8);
            json.WriteString("id"u8, e.Id);
            json.WriteString("source"u8, e.Source);
            json.WriteString("type"u8, e.Type);
            json.WriteString("subject"u8, e.Subject);
            json.WriteString("time"u8, e.Time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture));
            json.WriteString("datacontenttype"u8, "application/json"u8);
            if (e.TraceParent is not null)
                json.WriteString("traceparent"u8, e.TraceParent);
            if (e.CorrelationId is not null)
                json.WriteString("correlationid"u8, e.CorrelationId);
            json.WritePropertyName("data"u8);
            json.WriteRawValue(e.Data.Span, skipInputValidation: true);
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }
}
