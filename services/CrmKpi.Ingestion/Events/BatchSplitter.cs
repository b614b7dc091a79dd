using System.Buffers;
using CrmKpi.Hosting.Problems;

namespace CrmKpi.Ingestion.Events;

/// <summary>
/// Finds the elements of a JSON array without reading them, so that one malformed element does not spoil the others: it only
/// follows strings and brackets. What it finds is then parsed properly, element by element.
/// </summary>
internal static class BatchSplitter
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{},"u8);
    private static readonly SearchValues<byte> InString = SearchValues.Create("\"\\"u8);

    /// <summary>Adds each element of the chunk's buffer to the chunk; throws 400 when it is not one array.</summary>
    public static void Split(IntakeChunk chunk)
    {
        var body = chunk.Buffer.Memory.Span;
        var at = SkipSpace(body, body.StartsWith("\uFEFF"u8) ? 3 : 0);
        if (at == body.Length || body[at] != (byte)'[')
            throw Malformed(at, "a batch is a JSON array of events and must begin with '['");
        var next = SkipSpace(body, at + 1);
        var closed = next < body.Length && body[next] == (byte)']';
        for (at = closed ? next : at; !closed;)
        {
            var start = SkipSpace(body, at + 1);
            at = EndOfElement(body, start);
            var length = body[start..at].TrimEnd(" \t\r\n"u8).Length;
            if (length == 0)
                throw Malformed(at, "an element is missing");
            chunk.Add(chunk.Count, start, length, length);
            closed = body[at] == (byte)']';
        }
        if (SkipSpace(body, at + 1) is var rest && rest < body.Length)
            throw Malformed(rest, "there is something after the end of the array");
    }

    // The place of the ',' or ']' behind the element that begins here.
    private static int EndOfElement(ReadOnlySpan<byte> body, int at)
    {
        var depth = 0;
        while (true)
        {
            var hit = body[at..].IndexOfAny(Structure);
            if (hit < 0)
                throw Malformed(body.Length, "the array is not closed");
            at += hit;
            switch (body[at])
            {
                case (byte)'"':
                    at = EndOfString(body, at + 1);
                    break;
                case (byte)'[' or (byte)'{':
                    depth++;
                    break;
                case (byte)']' or (byte)',' when depth == 0:
                    return at;
                case (byte)']' or (byte)'}' when --depth < 0:
                    throw Malformed(at, "a bracket is closed that was not opened");
            }
            at++;
        }
    }

    private static int EndOfString(ReadOnlySpan<byte> body, int at)
    {
        while (true)
        {
            var hit = at < body.Length ? body[at..].IndexOfAny(InString) : -1;
            if (hit < 0)
                throw Malformed(body.Length, "a text is not closed");
            at += hit;
            if (body[at] == (byte)'"')
                return at;
            at += 2;
        }
    }

    private static int SkipSpace(ReadOnlySpan<byte> body, int at)
    {
        while (at < body.Length && (body[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            at++;
        return at;
    }

    private static ProblemException Malformed(int position, string what) => new(new Problem(
        StatusCodes.Status400BadRequest, "malformed_batch",
        $"The body is not a JSON array: at byte {position} {what}. Nothing of it was read in.")
    {
        Members = json => json.WriteNumber("position", position),
    });
}
