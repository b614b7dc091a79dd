using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CloudNative.CloudEvents.V1;
using CrmKpi.Domain.Events;
using CrmKpi.Ingestion.Events;
using CrmKpi.V1;
using static CrmKpi.Domain.Events.EventProblem;

namespace CrmKpi.Ingestion.Grpc;

/// <summary>
/// CloudEvents in protobuf as CloudEvents in JSON. One parser and one validator are behind every door, and what is refused stands in
/// quarantine in the one form that people can read and that can be retried: this JSON, with the data byte for byte as sent.
/// </summary>
internal static class CloudEventJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether data is JSON is all that is asked here; how deep it may be says the parser.</summary>
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    /// <summary>The events of a message, cut.</summary>
    /// <param name="bytes">About how many bytes they have.</param>
    public static IntakeChunk Chunk(IReadOnlyList<CloudEvent> events, int bytes)
    {
        var chunk = new IntakeChunk(bytes);
        using var json = new Utf8JsonWriter(chunk.Buffer, Options);
        for (var i = 0; i < events.Count; i++)
        {
            var start = chunk.Buffer.Length;
            var problem = Write(json, events[i]);
            json.Flush();
            json.Reset();
            var length = chunk.Buffer.Length - start;
            if (length > CloudEventParser.EventBytesMax)
            {
                problem = IntakeChunk.TooLarge(length);
                chunk.Buffer.Truncate(start + IntakeChunk.HeadBytesMax);
            }
            chunk.Add(
                i, start, chunk.Buffer.Length - start, length,
                problem is null ? null : new ParsedEvent(null, [problem], events[i].Id, events[i].Source, events[i].Type));
        }
        return chunk;
    }

    // Returns what is wrong with the data if it cannot be written as a member 'data'.
    private static EventProblem? Write(Utf8JsonWriter json, CloudEvent e)
    {
        json.WriteStartObject();
        WriteText(json, "specversion"u8, e.SpecVersion);
        WriteText(json, "id"u8, e.Id);
        WriteText(json, "source"u8, e.Source);
        WriteText(json, "type"u8, e.Type);
        foreach (var (name, value) in e.Attributes)
            WriteAttribute(json, name, value);
        var problem = WriteData(json, e);
        json.WriteEndObject();
        return problem;
    }

    // Empty is what a field without a value is: then it is missing.
    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text)
    {
        if (text.Length > 0)
            json.WriteString(name, text);
    }

    private static void WriteAttribute(Utf8JsonWriter json, string name, CloudEvent.Types.CloudEventAttributeValue value)
    {
        switch (value.AttrCase)
        {
            case CloudEvent.Types.CloudEventAttributeValue.AttrOneofCase.CeBoolean:
                json.WriteBoolean(name, value.CeBoolean);
                break;
            case CloudEvent.Types.CloudEventAttributeValue.AttrOneofCase.CeInteger:
                json.WriteNumber(name, value.CeInteger);
                break;
            case CloudEvent.Types.CloudEventAttributeValue.AttrOneofCase.CeString:
                json.WriteString(name, value.CeString);
                break;
            case CloudEvent.Types.CloudEventAttributeValue.AttrOneofCase.CeBytes:
                json.WriteBase64String(name, value.CeBytes.Span);
                break;
            case CloudEvent.Types.CloudEventAttributeValue.AttrOneofCase.CeUri:
                json.WriteString(name, value.CeUri);
                break;
            case CloudEvent.Types.CloudEventAttributeValue.AttrOneofCase.CeUriRef:
                json.WriteString(name, value.CeUriRef);
                break;
            case CloudEvent.Types.CloudEventAttributeValue.AttrOneofCase.CeTimestamp when Timestamps.TryRead(value.CeTimestamp, out var utc):
                json.WriteString(name, utc);
                break;
            case CloudEvent.Types.CloudEventAttributeValue.AttrOneofCase.CeTimestamp:
                // No time at all; as it came, for whoever looks into the quarantine.
                json.WriteString(name, FormattableString.Invariant(
                    $"{value.CeTimestamp.Seconds} seconds {value.CeTimestamp.Nanos} nanos"));
                break;
            default:
                json.WriteNull(name);
                break;
        }
    }

    private static EventProblem? WriteData(Utf8JsonWriter json, CloudEvent e)
    {
        switch (e.DataCase)
        {
            case CloudEvent.DataOneofCase.BinaryData:
                return WriteBinary(json, e.BinaryData.Span);
            case CloudEvent.DataOneofCase.TextData:
                return WriteText(json, e.TextData);
            case CloudEvent.DataOneofCase.ProtoData:
                json.WriteBase64String("data_base64"u8, e.ProtoData.Value.Span);
                return new EventProblem(
                    Codes.UnsupportedData,
                    "'proto_data' is not supported. Send the event's data as a JSON object in 'text_data' or 'binary_data'.", "/data");
            default:
                return null;
        }
    }

    private static EventProblem? WriteText(Utf8JsonWriter json, string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            var data = bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes));
            if (FlawOf(data) is { } flaw)
            {
                json.WriteString("data"u8, data);
                return Malformed("text_data", flaw);
            }
            WriteJson(json, data);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static EventProblem? WriteBinary(Utf8JsonWriter json, ReadOnlySpan<byte> data)
    {
        if (FlawOf(data) is { } flaw)
        {
            json.WriteBase64String("data_base64"u8, data);
            return Malformed("binary_data", flaw);
        }
        WriteJson(json, data);
        return null;
    }

    // Checked to be one JSON value: anything else could be read as further attributes of the event.
    private static void WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> data)
    {
        json.WritePropertyName("data"u8);
        json.WriteRawValue(data, skipInputValidation: true);
    }

    private static string? FlawOf(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, AnyDepth);
        try
        {
            while (reader.Read())
            {
            }
            return null;
        }
        catch (JsonException e)
        {
            return e.Message;
        }
    }

    private static EventProblem Malformed(string field, string flaw) =>
        new(Codes.MalformedJson, $"The '{field}' of an event must be a JSON object, and is not well-formed JSON: {flaw}", "/data");
}
