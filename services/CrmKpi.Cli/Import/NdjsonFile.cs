using System.Buffers;
using System.IO.Compression;
using CrmKpi.Connectors.Csv;
using CrmKpi.Domain.Events;

namespace CrmKpi.Cli.Import;

/// <summary>A file of CloudEvents, one JSON object a line, compressed or not.</summary>
public static class NdjsonFile
{
    /// <summary>Reads the lines; blank ones are passed over, one beyond the event limit is a problem.</summary>
    public static IEnumerable<OutgoingEvent> Read(string path, CancellationToken ct)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        var gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream stream = gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
        var name = Path.GetFileName(path);
        var line = 0L;
        foreach (var bytes in Lines(stream))
        {
            ct.ThrowIfCancellationRequested();
            line++;
            if (bytes is null)
                yield return new OutgoingEvent(name, line, file.Position, null, default, new ImportProblem(name, line, null, "line_too_long",
                    $"The line is longer than {CloudEventParser.EventBytesMax} bytes. Leave large texts and files out of events."));
            else if (bytes.AsSpan().Trim(" \t\r"u8) is { Length: > 0 } trimmed)
                yield return new OutgoingEvent(name, line, file.Position, null, trimmed.ToArray(), null);
        }
    }

    /// <summary>The lines of a stream; null for one that is too long, whose bytes are dropped as they come.</summary>
    private static IEnumerable<byte[]?> Lines(Stream stream)
    {
        var buffer = new byte[1 << 16];
        var line = new ArrayBufferWriter<byte>(1 << 12);
        var (tooLong, first) = (false, true);
        while (stream.Read(buffer) is > 0 and var read)
        {
            var rest = buffer.AsMemory(0, read);
            if (first && rest.Span.StartsWith("\uFEFF"u8))
                rest = rest[3..];
            first = false;
            while (rest.Span.IndexOf((byte)'\n') is >= 0 and var end)
            {
                Add(rest.Span[..end]);
                yield return tooLong ? null : line.WrittenSpan.ToArray();
                line.ResetWrittenCount();
                (tooLong, rest) = (false, rest[(end + 1)..]);
            }
            Add(rest.Span);
        }
        if (line.WrittenCount > 0 || tooLong)
            yield return tooLong ? null : line.WrittenSpan.ToArray();

        void Add(ReadOnlySpan<byte> part)
        {
            tooLong |= line.WrittenCount + part.Length > CloudEventParser.EventBytesMax;
            if (!tooLong)
                line.Write(part);
        }
    }
}
