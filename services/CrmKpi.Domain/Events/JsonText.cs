using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using static CrmKpi.Domain.Events.EventProblem;

namespace CrmKpi.Domain.Events;

/// <summary>
/// What <see cref="Utf8JsonReader"/> lets pass and the log cannot hold: bytes that are not UTF-8, escapes of half a
/// surrogate pair, and U+0000 (PostgreSQL's jsonb has no place for it).
/// </summary>
public static class JsonText
{
    /// <summary>The first flaw of the text, or null.</summary>
    public static EventProblem? FlawOf(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            return new EventProblem(Codes.InvalidText, "The bytes are not valid UTF-8. Send the event encoded as UTF-8.", "");
        for (var rest = json; ;)
        {
            var backslash = rest.IndexOf((byte)'\\');
            if (backslash < 0 || backslash + 1 >= rest.Length)
                return null;
            rest = rest[backslash..];
            if (rest[1] != 'u')
            {
                rest = rest[2..];
                continue;
            }
            var unit = HexAt(rest);
            if (unit == 0)
            {
                return new EventProblem(Codes.NullCharacter,
                    "A text holds the character U+0000, which cannot be stored. Remove it.",
                    PointerAt(json, json.Length - rest.Length));
            }
            var isHigh = unit is >= 0xD800 and <= 0xDBFF;
            if (unit is >= 0xDC00 and <= 0xDFFF || isHigh && HexAt(rest[6..]) is < 0xDC00 or > 0xDFFF)
            {
                return new EventProblem(Codes.InvalidText,
                    "A text holds half of a surrogate pair (\\uD800 to \\uDFFF must come in pairs, high before low).",
                    PointerAt(json, json.Length - rest.Length));
            }
            rest = rest[Math.Min(isHigh ? 12 : 6, rest.Length)..];
        }
    }

    /// <summary>The JSON pointer of the token that holds a byte; empty when the JSON cannot be read so far.</summary>
    public static string PointerAt(ReadOnlySpan<byte> json, long offset)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        var path = new List<string?>();
        var indices = new List<int>();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    path.RemoveAt(path.Count - 1);
                    indices.RemoveAt(indices.Count - 1);
                    continue;
                }
                if (reader.TokenType == JsonTokenType.PropertyName)
                    path[^1] = Escape(reader.GetString()!);
                else if (path.Count > 0 && indices[^1] >= 0)
                    path[^1] = indices[^1]++.ToString(CultureInfo.InvariantCulture);
                if (reader.BytesConsumed > offset)
                    break;
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    path.Add(null);
                    indices.Add(reader.TokenType == JsonTokenType.StartArray ? 0 : -1);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The pointer leads to the last place that could be read.
        }
        return string.Concat(path.Where(p => p is not null).Select(p => "/" + p));
    }

    /// <summary>The unescaped text of a string token, in <paramref name="scratch"/> where it has escapes; empty when longer.</summary>
    public static ReadOnlySpan<byte> Unescape(scoped in Utf8JsonReader reader, Span<byte> scratch)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueSpan;
        return reader.ValueSpan.Length <= scratch.Length ? scratch[..reader.CopyString(scratch)] : default;
    }

    /// <summary>The problem of an unreadable JSON text.</summary>
    internal static EventProblem Malformed(JsonException e, ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int depthMax)
    {
        var rest = json[(int)Math.Min(reader.BytesConsumed, json.Length)..].TrimStart(" \t\r\n,:"u8);
        // The depth of a token that opens is that of its parent.
        return reader.CurrentDepth >= depthMax - 1 && rest is [(byte)'{' or (byte)'[', ..]
            ? new EventProblem(Codes.TooDeep, $"Objects and lists may be nested {depthMax} deep at most.", "")
            : new EventProblem(Codes.MalformedJson,
                $"Not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} of the line: {Reason(e)}", "");
    }

    /// <summary>The name of a token type in messages.</summary>
    public static string NameOf(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        _ => "null",
    };

    private static string Reason(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }

    private static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static int HexAt(ReadOnlySpan<byte> escape) =>
        escape.Length >= 6 && escape[0] == '\\' && escape[1] == 'u'
        && Utf8Parser.TryParse(escape[2..6], out ushort unit, out var used, 'x') && used == 4 ? unit : -1;
}
