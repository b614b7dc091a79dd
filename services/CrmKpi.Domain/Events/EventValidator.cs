using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using static CrmKpi.Domain.Events.EventProblem;

namespace CrmKpi.Domain.Events;

/// <summary>
/// Checks the <c>data</c> of an event against its type: required fields, types, ranges, lengths. A known field that stands
/// twice is refused; unknown fields are kept and ignored (of equal names the last one stays). Numbers anywhere
/// must be of a size that the log can hold. Nothing is allocated for an event without problems.
/// </summary>
public static class EventValidator
{
    /// <summary>How deep objects and lists may be nested in <c>data</c>.</summary>
    public const int DepthMax = 32;

    /// <summary>How many problems of one event are reported.</summary>
    public const int ProblemsMax = 20;

    /// <summary>The longest number, in characters.</summary>
    public const int NumberCharsMax = 64;

    /// <summary>The greatest exponent of a number, by amount.</summary>
    public const int ExponentMax = 100;

    /// <summary>The longest period, in days: ten years.</summary>
    public const int PeriodDaysMax = 3_653;

    private static readonly EventField[] MoneyFields =
        [new("amount", FieldKind.Any, true), new("currency", FieldKind.Currency)];

    private static readonly EventField[] PeriodFields =
        [new("from", FieldKind.Day, true), new("to", FieldKind.Day, true)];

    /// <summary>The problems of an event's data; empty when it is right.</summary>
    /// <param name="type">The event's type.</param>
    /// <param name="data">The JSON object, UTF-8.</param>
    public static IReadOnlyList<EventProblem> Validate(EventType type, ReadOnlySpan<byte> data)
    {
        if (JsonText.FlawOf(data) is { } flaw)
            return [flaw with { Pointer = "/data" + flaw.Pointer }];
        List<EventProblem>? problems = null;
        Validate(type, data, ref problems);
        return problems ?? (IReadOnlyList<EventProblem>)[];
    }

    /// <summary>The same for a text whose characters are known to be right.</summary>
    internal static void Validate(EventType type, ReadOnlySpan<byte> data, ref List<EventProblem>? problems)
    {
        var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = DepthMax });
        var check = new Check(data, problems);
        var before = problems?.Count ?? 0;
        try
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                check.Object(ref reader, type.Fields, type.RequiredMask);
                reader.Read();
            }
            else
                check.Add(new(Codes.WrongType, $"data must be an object, not {JsonText.NameOf(reader.TokenType)}.", "/data"));
        }
        catch (JsonException e)
        {
            check.Add(JsonText.Malformed(e, ref reader, data, DepthMax) with { Pointer = "/data" });
        }
        problems = check.Problems;
        if ((problems?.Count ?? 0) == before && type.Rule?.Invoke(data) is { } broken)
            (problems ??= []).Add(broken);
    }

    private ref struct Check(ReadOnlySpan<byte> data, List<EventProblem>? problems)
    {
        private readonly ReadOnlySpan<byte> _data = data;

        public List<EventProblem>? Problems { get; private set; } = problems;

        public void Add(EventProblem problem)
        {
            Problems ??= [];
            if (Problems.Count < ProblemsMax)
                Problems.Add(problem);
        }

        public void Report(string code, string detail, long offset, string below = "") =>
            Add(new EventProblem(code, detail, "/data" + JsonText.PointerAt(_data, offset) + below));

        // At StartObject; ends at its EndObject.
        public void Object(ref Utf8JsonReader reader, EventField[] fields, ulong required)
        {
            var start = reader.TokenStartIndex;
            var seen = 0UL;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var index = IndexOf(ref reader, fields);
                var at = reader.TokenStartIndex;
                reader.Read();
                if (index < 0)
                {
                    Skip(ref reader);
                    continue;
                }
                if ((seen >> index & 1) != 0)
                    Report(Codes.DuplicateKey, $"'{fields[index].Name}' stands twice. Send it once.", at);
                seen |= 1UL << index;
                Value(ref reader, fields[index]);
            }
            var missing = required & ~seen;
            for (var i = 0; missing != 0 && i < fields.Length; i++)
            {
                if ((missing >> i & 1) != 0)
                {
                    Report(Codes.MissingField, $"'{fields[i].Name}' is required and missing.", start,
                        "/" + fields[i].Name);
                }
            }
        }

        private void Value(ref Utf8JsonReader reader, EventField field)
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                if (field.Required)
                    Report(Codes.MissingField, $"'{field.Name}' is required and null.", reader.TokenStartIndex);
                return;
            }
            switch (field.Kind)
            {
                case FieldKind.Object when reader.TokenType == JsonTokenType.StartObject:
                    Object(ref reader, field.Fields, EventType.MaskOf(field.Fields));
                    break;
                case FieldKind.List when reader.TokenType == JsonTokenType.StartArray:
                case FieldKind.Map when reader.TokenType == JsonTokenType.StartObject:
                    Elements(ref reader, field);
                    break;
                case FieldKind.Money:
                    Money(ref reader, field);
                    break;
                case FieldKind.Period when reader.TokenType == JsonTokenType.StartObject:
                    Period(ref reader, field);
                    break;
                case FieldKind.Boolean when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                    break;
                case FieldKind.Number or FieldKind.Integer when reader.TokenType == JsonTokenType.Number:
                    Number(ref reader, field);
                    break;
                case FieldKind.Any:
                    Skip(ref reader);
                    break;
                case >= FieldKind.Timestamp and <= FieldKind.DayOrTimestamp or FieldKind.Text
                    or (>= FieldKind.Enum and <= FieldKind.TimeOfDay) when reader.TokenType == JsonTokenType.String:
                    String(ref reader, field);
                    break;
                default:
                    WrongType(ref reader, field);
                    break;
            }
        }

        private void WrongType(ref Utf8JsonReader reader, EventField field)
        {
            Report(Codes.WrongType, $"'{field.Name}' must be {Wanted(field)}, not {JsonText.NameOf(reader.TokenType)}.",
                reader.TokenStartIndex);
            Skip(ref reader);
        }

        private void String(ref Utf8JsonReader reader, EventField field)
        {
            if (field.Kind == FieldKind.Text)
            {
                Text(ref reader, field);
                return;
            }
            Span<byte> scratch = stackalloc byte[256];
            var text = JsonText.Unescape(in reader, scratch);
            var at = reader.TokenStartIndex;
            switch (field.Kind)
            {
                case FieldKind.Enum:
                    foreach (var value in field.Utf8Values)
                        if (text.SequenceEqual(value))
                            return;
                    Report(Codes.UnknownValue, $"'{field.Name}' must be {Wanted(field)}.", at);
                    break;
                case FieldKind.Currency when !Domain.Money.IsCurrency(text):
                case FieldKind.TimeZone when !IsTimeZone(text):
                    Report(Codes.UnknownValue, $"'{field.Name}' must be {Wanted(field)}.", at);
                    break;
                case FieldKind.TimeOfDay when !Rfc3339.TryParseTimeOfDay(text, out _):
                    Report(Codes.BadTime, $"'{field.Name}' must be {Wanted(field)}.", at);
                    break;
                case FieldKind.Timestamp or FieldKind.Day or FieldKind.DayOrTimestamp:
                    Moment(text, field, at);
                    break;
            }
        }

        private void Text(ref Utf8JsonReader reader, EventField field)
        {
            var bytes = reader.ValueSpan.Length;
            if (bytes == 0 && field.Required)
                Report(Codes.MissingField, $"'{field.Name}' is required and empty.", reader.TokenStartIndex);
            else if (bytes > field.CharsMax && reader.GetString()!.Length > field.CharsMax)
            {
                Report(Codes.TooLarge, $"'{field.Name}' may have {field.CharsMax} characters at most.",
                    reader.TokenStartIndex);
            }
        }

        private void Moment(scoped ReadOnlySpan<byte> text, EventField field, long at)
        {
            var isDay = text.Length == 10 && field.Kind != FieldKind.Timestamp;
            long micros = 0;
            var day = 0;
            if (isDay
                ? !Rfc3339.TryParseDay(text, out day)
                : field.Kind == FieldKind.Day || !Rfc3339.TryParseInstant(text, out micros))
            {
                Report(Codes.BadTime, $"'{field.Name}' must be {Wanted(field)}.", at);
                return;
            }
            var year = (isDay ? DateOnly.FromDayNumber(day).Year : text[0] * 1000 + text[1] * 100 + text[2] * 10 + text[3]
                - '0' * 1111);
            if (year is < Rfc3339.YearMin or > Rfc3339.YearMax)
            {
                Report(Codes.OutOfRange,
                    $"'{field.Name}' must lie in the years {Rfc3339.YearMin} to {Rfc3339.YearMax}.", at);
            }
        }

        private void Number(ref Utf8JsonReader reader, EventField field)
        {
            var at = reader.TokenStartIndex;
            if (!IsStorable(reader.ValueSpan) || !Utf8Parser.TryParse(reader.ValueSpan, out decimal value, out _)
                || value < field.Min || value > field.Max)
            {
                Report(Codes.OutOfRange, $"'{field.Name}' must be a number from {Show(field.Min)} to {Show(field.Max)}.", at);
            }
            else if (field.Kind == FieldKind.Integer && !reader.TryGetInt64(out _))
                Report(Codes.WrongType, $"'{field.Name}' must be a whole number, written without point and exponent.", at);
        }

        private void Money(ref Utf8JsonReader reader, EventField field)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                Decimal(ref reader, field);
                return;
            }
            var start = reader.TokenStartIndex;
            int seen = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var index = IndexOf(ref reader, MoneyFields);
                var at = reader.TokenStartIndex;
                reader.Read();
                if (index < 0)
                {
                    Skip(ref reader);
                    continue;
                }
                if ((seen >> index & 1) != 0)
                    Report(Codes.DuplicateKey, $"'{MoneyFields[index].Name}' stands twice. Send it once.", at);
                seen |= 1 << index;
                if (index == 0)
                    Decimal(ref reader, field);
                else
                    Value(ref reader, MoneyFields[1]);
            }
            if ((seen & 1) == 0)
                Report(Codes.MissingField, $"'amount' of '{field.Name}' is required and missing.", start, "/amount");
        }

        private void Decimal(ref Utf8JsonReader reader, EventField field)
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
            {
                WrongType(ref reader, field);
                return;
            }
            var text = reader.ValueSpan;
            if (!Domain.Money.IsDecimal(text))
                Report(Codes.WrongType, $"'{field.Name}' must be {Wanted(field)}.", reader.TokenStartIndex);
            else if (!IsStorable(text) || !Domain.Money.TryParseMicros(text, out _))
            {
                Report(Codes.OutOfRange, $"'{field.Name}' must lie within ±{Show(Domain.Money.UnitsMax)}.",
                    reader.TokenStartIndex);
            }
        }

        private void Period(ref Utf8JsonReader reader, EventField field)
        {
            var start = (int)reader.TokenStartIndex;
            var before = Problems?.Count ?? 0;
            Object(ref reader, PeriodFields, 3);
            if ((Problems?.Count ?? 0) != before)
                return;
            var days = new JsonFields(_data[start..(int)reader.BytesConsumed]);
            var (from, to) = (days.Day("from"u8), days.Day("to"u8));
            if (from > to || to - from >= PeriodDaysMax)
            {
                Report(Codes.OutOfRange, $"'{field.Name}' must end on or after its first day and span at most "
                    + $"{PeriodDaysMax} days.", start);
            }
        }

        private void Elements(ref Utf8JsonReader reader, EventField field)
        {
            var start = reader.TokenStartIndex;
            var count = 0;
            while (reader.Read() && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                    reader.Read();
                if (++count <= EventField.ElementsMax)
                    Value(ref reader, field.Fields[0]);
                else
                    Skip(ref reader);
            }
            if (count > EventField.ElementsMax)
            {
                Report(Codes.TooLarge, $"'{field.Name}' may have {EventField.ElementsMax} elements at most, not {count}.",
                    start);
            }
        }

        private void Skip(ref Utf8JsonReader reader)
        {
            var depth = reader.CurrentDepth;
            var isOpen = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            do
            {
                if (reader.TokenType == JsonTokenType.Number && !IsStorable(reader.ValueSpan))
                {
                    Report(Codes.OutOfRange, $"A number may have {NumberCharsMax} characters and an exponent of "
                        + $"±{ExponentMax} at most.", reader.TokenStartIndex);
                }
            }
            while (isOpen && reader.Read() && reader.CurrentDepth > depth);
        }

        private static int IndexOf(ref Utf8JsonReader reader, EventField[] fields)
        {
            if (reader.ValueIsEscaped)
            {
                for (var i = 0; i < fields.Length; i++)
                    if (reader.ValueTextEquals(fields[i].Utf8Name))
                        return i;
                return -1;
            }
            var name = reader.ValueSpan;
            for (var i = 0; i < fields.Length; i++)
                if (name.SequenceEqual(fields[i].Utf8Name))
                    return i;
            return -1;
        }
    }

    // PostgreSQL's numeric has its limits, and a number of a million digits is an attack rather than a fact.
    private static bool IsStorable(ReadOnlySpan<byte> number)
    {
        if (number.Length > NumberCharsMax)
            return false;
        var e = number.IndexOfAny((byte)'e', (byte)'E');
        if (e < 0)
            return true;
        var exponent = number[(e + 1)..];
        if (exponent is [(byte)'+', ..])
            exponent = exponent[1..];
        return Utf8Parser.TryParse(exponent, out int value, out _) && Math.Abs((long)value) <= ExponentMax;
    }

    private static bool IsTimeZone(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and <= 64 && TimeZoneInfo.TryFindSystemTimeZoneById(Encoding.UTF8.GetString(text), out _);

    private static string Show(decimal number) => number.ToString("0.#########", System.Globalization.CultureInfo.InvariantCulture);

    private static string Wanted(EventField field) => field.Kind switch
    {
        FieldKind.Text => "a text",
        FieldKind.Number => "a number",
        FieldKind.Integer => "a whole number",
        FieldKind.Boolean => "true or false",
        FieldKind.Money => "a decimal such as \"1054.00\" or an object { \"amount\": \"1054.00\", \"currency\": \"RUB\" }",
        FieldKind.Timestamp => "a time with offset such as 2025-03-01T09:30:00+03:00",
        FieldKind.Day => "a day such as 2025-03-01",
        FieldKind.DayOrTimestamp => "a day such as 2025-03-01 or a time with offset such as 2025-03-01T09:30:00+03:00",
        FieldKind.Period => "an object { \"from\": \"2025-03-01\", \"to\": \"2025-03-31\" }",
        FieldKind.Enum => "one of " + string.Join(", ", field.Values),
        FieldKind.TimeZone => "an IANA time zone such as Europe/Moscow",
        FieldKind.Currency => "three capital letters such as RUB",
        FieldKind.TimeOfDay => "a time of day such as 09:30",
        FieldKind.List => "a list",
        FieldKind.Object or FieldKind.Map => "an object",
        _ => "any value",
    };
}
