using System.Text;
using System.Text.Json;
using static CrmKpi.Domain.Events.EventProblem;

namespace CrmKpi.Domain.Events;

/// <summary>What became of one CloudEvent: the event, or why it is refused.</summary>
/// <param name="Event">The event; null when it is refused.</param>
/// <param name="Problems">Why it is refused; empty when it is not.</param>
/// <param name="Id">Its <c>id</c> as far as it could be read, for the quarantine.</param>
/// <param name="Source">Its <c>source</c>, likewise.</param>
/// <param name="Type">Its <c>type</c>, likewise.</param>
public readonly record struct ParsedEvent(
    CanonicalEvent? Event, IReadOnlyList<EventProblem> Problems, string? Id, string? Source, string? Type);

/// <summary>
/// Reads one CloudEvents 1.0 JSON object (structured mode) and checks it against the canonical schema. Unknown extension
/// attributes are ignored; an attribute that stands twice is refused. Never throws, whatever the bytes.
/// </summary>
public static class CloudEventParser
{
    /// <summary>The longest event, in bytes.</summary>
    public const int EventBytesMax = 1 << 20;

    /// <summary>The longest <c>id</c>, <c>source</c>, <c>subject</c> and extension attribute, in UTF-16 characters.</summary>
    public const int AttributeCharsMax = 200;

    /// <summary>How far <c>time</c> may lie ahead of now: clocks differ.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromDays(1);

    private const int DepthMax = EventValidator.DepthMax + 2;

    private enum Attribute
    {
        Id, Source, SpecVersion, Type, Subject, Time, DataContentType, Data, DataBase64, TraceParent, CorrelationId, Unknown,
    }

    /// <summary>Reads one event.</summary>
    /// <param name="utf8">The JSON object. <see cref="CanonicalEvent.Data"/> is a slice of it and is not copied.</param>
    /// <param name="now">The time now, for the upper limit of <c>time</c>.</param>
    public static ParsedEvent Parse(ReadOnlyMemory<byte> utf8, DateTimeOffset now)
    {
        if (utf8.Length > EventBytesMax)
        {
            return Refused(new(Codes.TooLarge,
                $"An event may have {EventBytesMax} bytes at most, not {utf8.Length}. Leave large texts and files out.", ""));
        }
        if (JsonText.FlawOf(utf8.Span) is { } flaw)
            return Refused(flaw);
        var envelope = new Envelope(now);
        var reader = new Utf8JsonReader(utf8.Span, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return Refused(new(Codes.MalformedJson,
                    $"An event must be a JSON object, not {JsonText.NameOf(reader.TokenType)}.", ""));
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                envelope.Read(ref reader);
            reader.Read();
        }
        catch (JsonException e)
        {
            return Refused(JsonText.Malformed(e, ref reader, utf8.Span, DepthMax));
        }
        return envelope.Finish(utf8);
    }

    private static ParsedEvent Refused(EventProblem problem) => new(null, [problem], null, null, null);

    private static Attribute AttributeOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped)
            return AttributeOf(Encoding.UTF8.GetBytes(reader.GetString()!));
        return AttributeOf(reader.ValueSpan);
    }

    private static Attribute AttributeOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("id"u8) => Attribute.Id,
        4 when name.SequenceEqual("type"u8) => Attribute.Type,
        4 when name.SequenceEqual("time"u8) => Attribute.Time,
        4 when name.SequenceEqual("data"u8) => Attribute.Data,
        6 when name.SequenceEqual("source"u8) => Attribute.Source,
        7 when name.SequenceEqual("subject"u8) => Attribute.Subject,
        11 when name.SequenceEqual("specversion"u8) => Attribute.SpecVersion,
        11 when name.SequenceEqual("data_base64"u8) => Attribute.DataBase64,
        11 when name.SequenceEqual("traceparent"u8) => Attribute.TraceParent,
        13 when name.SequenceEqual("correlationid"u8) => Attribute.CorrelationId,
        15 when name.SequenceEqual("datacontenttype"u8) => Attribute.DataContentType,
        _ => Attribute.Unknown,
    };

    private static string NameOf(Attribute attribute) =>
        attribute == Attribute.DataBase64 ? "data_base64" : attribute.ToString().ToLowerInvariant();

    /// <summary>The attributes as they are met, in any order.</summary>
    private struct Envelope(DateTimeOffset now)
    {
        private const int Required = 1 << (int)Attribute.Id | 1 << (int)Attribute.Source | 1 << (int)Attribute.SpecVersion
            | 1 << (int)Attribute.Type | 1 << (int)Attribute.Subject | 1 << (int)Attribute.Time | 1 << (int)Attribute.Data;

        private List<EventProblem>? _problems;
        private int _seen;
        private string? _id, _source, _subject, _traceParent, _correlationId, _typeName;
        private EventType? _type;
        private long _timeMicros;
        private int _dataStart, _dataLength;

        public void Read(ref Utf8JsonReader reader)
        {
            var attribute = AttributeOf(ref reader);
            reader.Read();
            if (attribute == Attribute.Unknown)
            {
                reader.Skip();
                return;
            }
            if ((_seen >> (int)attribute & 1) != 0)
                Report(Codes.DuplicateKey, attribute, "stands twice. Send it once.");
            if (attribute == Attribute.Data)
            {
                _seen |= 1 << (int)attribute;
                _dataStart = (int)reader.TokenStartIndex;
                reader.Skip();
                _dataLength = (int)reader.BytesConsumed - _dataStart;
                return;
            }
            if (reader.TokenType == JsonTokenType.Null)
                return;
            _seen |= 1 << (int)attribute;
            if (attribute == Attribute.DataBase64)
            {
                Report(Codes.UnsupportedData, attribute, "is not supported. Send the event's data as a JSON object in 'data'.");
                reader.Skip();
            }
            else if (reader.TokenType != JsonTokenType.String)
            {
                Report(Codes.WrongType, attribute, $"must be a text, not {JsonText.NameOf(reader.TokenType)}.");
                reader.Skip();
            }
            else
                Text(ref reader, attribute);
        }

        private void Text(ref Utf8JsonReader reader, Attribute attribute)
        {
            Span<byte> scratch = stackalloc byte[256];
            switch (attribute)
            {
                case Attribute.Id:
                    _id = Short(ref reader, attribute);
                    break;
                case Attribute.Source:
                    _source = reader.ValueIsEscaped || reader.ValueSpan.Length > AttributeCharsMax
                        ? Short(ref reader, attribute)
                        : TextPool.Shared.Get(reader.ValueSpan);
                    CheckCharacters(_source, attribute);
                    break;
                case Attribute.Subject:
                    _subject = Short(ref reader, attribute);
                    break;
                case Attribute.Type:
                    _type = EventTypes.Find(JsonText.Unescape(in reader, scratch));
                    _typeName = _type?.Name ?? Short(ref reader, attribute);
                    break;
                case Attribute.SpecVersion when !reader.ValueTextEquals("1.0"u8):
                    Report(Codes.BadSpecVersion, attribute, "must be \"1.0\".");
                    break;
                case Attribute.DataContentType when !IsJson(JsonText.Unescape(in reader, scratch)):
                    Report(Codes.BadContentType, attribute, "must be absent or application/json.");
                    break;
                case Attribute.Time:
                    Time(JsonText.Unescape(in reader, scratch));
                    break;
                case Attribute.TraceParent:
                    _traceParent = Short(ref reader, attribute);
                    break;
                case Attribute.CorrelationId:
                    _correlationId = Short(ref reader, attribute);
                    break;
            }
        }

        public ParsedEvent Finish(ReadOnlyMemory<byte> utf8)
        {
            for (var missing = Required & ~_seen; missing != 0; missing &= missing - 1)
            {
                var attribute = (Attribute)System.Numerics.BitOperations.TrailingZeroCount(missing);
                if (attribute != Attribute.Data || (_seen >> (int)Attribute.DataBase64 & 1) == 0)
                    Report(Codes.MissingField, attribute, "is required and missing.");
            }
            CheckEmpty(_id, Attribute.Id);
            CheckEmpty(_source, Attribute.Source);
            var data = utf8.Slice(_dataStart, _dataLength);
            if (_type is not null)
            {
                if (_subject is not null && !_type.Accepts(_subject))
                {
                    Report(Codes.BadSubject, Attribute.Subject,
                        $"'{_subject}' is not a stream of '{_type.Name}': it must look like {_type.SubjectExample}.");
                }
                if (_dataLength > 0)
                    EventValidator.Validate(_type, data.Span, ref _problems);
            }
            else if (_typeName is not null)
                Report(Codes.UnknownType, Attribute.Type, $"'{_typeName}' is not a canonical event type. {Similar(_typeName)}");
            if (_problems is not null)
                return new ParsedEvent(null, _problems, _id, _source, _typeName);
            var time = new DateTimeOffset(Rfc3339.UtcOf(_timeMicros));
            return new ParsedEvent(
                new CanonicalEvent(_id!, _source!, _typeName!, _subject!, time, data, _traceParent, _correlationId),
                [], _id, _source, _typeName);
        }

        private void Time(scoped ReadOnlySpan<byte> text)
        {
            if (!Rfc3339.TryParseInstant(text, out _timeMicros))
            {
                Report(Codes.BadTime, Attribute.Time, "must be a time with offset such as 2025-03-01T09:30:00+03:00.");
                return;
            }
            if (_timeMicros >= 0 && _timeMicros <= Rfc3339.MicrosOf(now + AheadMax))
                return;
            Report(Codes.OutOfRange, Attribute.Time,
                $"must lie between 1970-01-01 and now ({now.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}) plus one day.");
        }

        private string? Short(ref Utf8JsonReader reader, Attribute attribute)
        {
            var text = reader.GetString()!;
            if (text.Length > AttributeCharsMax)
            {
                Report(Codes.TooLarge, attribute, $"may have {AttributeCharsMax} characters at most, not {text.Length}.");
                return null;
            }
            CheckCharacters(text, attribute);
            return text;
        }

        private void CheckCharacters(string? text, Attribute attribute)
        {
            if (text is not null && attribute != Attribute.Subject && text.AsSpan().ContainsAnyInRange('\0', '\x1f'))
                Report(Codes.InvalidText, attribute, "must not hold control characters.");
        }

        private void CheckEmpty(string? text, Attribute attribute)
        {
            if (text is "")
                Report(Codes.MissingField, attribute, "is required and empty.");
        }

        private void Report(string code, Attribute attribute, string detail) =>
            (_problems ??= []).Add(new EventProblem(code, $"'{NameOf(attribute)}' {detail}", "/" + NameOf(attribute)));

        private static bool IsJson(ReadOnlySpan<byte> contentType)
        {
            var end = contentType.IndexOf((byte)';');
            return Ascii.EqualsIgnoreCase((end < 0 ? contentType : contentType[..end]).Trim(" \t"u8), "application/json"u8);
        }

        private static string Similar(string type)
        {
            var dot = type.IndexOf('.', StringComparison.Ordinal);
            var group = dot < 0 ? type : type[..dot];
            var names = EventTypes.All.Where(t => t.Name.StartsWith(group + ".", StringComparison.Ordinal))
                .Select(t => t.Name).ToList();
            return names.Count > 0
                ? $"Known are {string.Join(", ", names)}."
                : $"Types begin with {string.Join(", ", EventTypes.All.Select(t => t.Name[..t.Name.IndexOf('.')]).Distinct())}.";
        }
    }
}
