using System.Text;

namespace CrmKpi.EventLog.Append;

/// <summary>What can be said against an event before the database sees it.</summary>
internal static class AppendCheck
{
    private static ReadOnlySpan<byte> EscapedNul => "\\u0000"u8;

    /// <exception cref="ArgumentException">Too many events.</exception>
    /// <exception cref="EventRefusedException">The first event that the log cannot hold.</exception>
    public static void Check(IReadOnlyList<NewEvent> events)
    {
        if (events.Count > AppendLimits.RequestEventsMax)
            throw new ArgumentException(
                $"A request has {events.Count} events; at most {AppendLimits.RequestEventsMax} are allowed. Split it.",
                nameof(events));
        for (var i = 0; i < events.Count; i++)
            if (Problem(events[i]) is { } problem)
                throw new EventRefusedException(i, problem);
    }

    private static string? Problem(NewEvent e) =>
        Text("type", e.Type, AppendLimits.TypeCharsMax)
        ?? Text("stream id", e.StreamId, AppendLimits.StreamIdCharsMax)
        ?? Text("source", e.Source, AppendLimits.TextCharsMax)
        ?? Text("source id", e.SourceId, AppendLimits.TextCharsMax)
        ?? (e.TraceParent is null ? null : Text("trace context", e.TraceParent, AppendLimits.TextCharsMax))
        ?? (e.CorrelationId is null ? null : Text("correlation id", e.CorrelationId, AppendLimits.TextCharsMax))
        ?? Data(e.Data.Span);

    private static string? Text(string what, string text, int charsMax)
    {
        if (text.Length == 0)
            return $"Its {what} is empty.";
        if (text.Length > charsMax)
            return $"Its {what} has {text.Length} characters; at most {charsMax} are allowed.";
        if (text.Contains('\0', StringComparison.Ordinal))
            return $"Its {what} contains the character U+0000, which PostgreSQL cannot store.";
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var consumed) != System.Buffers.OperationStatus.Done)
                return $"Its {what} contains half of a surrogate pair.";
            rest = rest[consumed..];
        }
        return null;
    }

    private static string? Data(ReadOnlySpan<byte> data)
    {
        if (data.Length > AppendLimits.DataBytesMax)
            return $"Its data has {data.Length} bytes; at most {AppendLimits.DataBytesMax} are allowed.";
        for (var rest = data; rest.IndexOf(EscapedNul) is var at and >= 0; rest = rest[(at + EscapedNul.Length)..])
        {
            // An even number of backslashes before it are pairs that stand for themselves.
            var backslashes = 0;
            while (at - backslashes > 0 && rest[at - backslashes - 1] == '\\')
                backslashes++;
            if (backslashes % 2 == 0)
                return "Its data contains the character U+0000 (\\u0000), which PostgreSQL cannot store.";
        }
        return null;
    }
}
