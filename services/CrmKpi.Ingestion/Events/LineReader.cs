using System.Buffers;
using System.IO.Pipelines;
using CrmKpi.Domain.Events;
using CrmKpi.Hosting.Problems;

namespace CrmKpi.Ingestion.Events;

/// <summary>
/// Cuts a body into lines and lines into chunks. Blank lines count but are left out; CRLF, a byte order mark and a last line
/// without an end are tolerated. Of a line beyond the limit only the head is kept, whatever its length, so memory is bounded
/// by one chunk and one event.
/// </summary>
internal sealed class LineReader(PipeReader body, int chunkEventsMax, int chunkBytesMax, TimeSpan idle)
{
    private const int LineBytesMax = CloudEventParser.EventBytesMax;

    private Task<ReadResult>? _reading;
    private long _index;
    private int _lineStart;
    private long _lineLength;
    private byte[]? _begun;

    /// <summary>True when the body has ended.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>Lines so far, blank ones too.</summary>
    public long Lines => _index;

    /// <summary>
    /// Fills a chunk until it is full, the body ends, or nothing has come for the idle time and the chunk holds something.
    /// </summary>
    public async ValueTask Fill(IntakeChunk chunk, CancellationToken ct)
    {
        if (_begun is not null)
        {
            _lineStart = chunk.Buffer.Length;
            chunk.Buffer.Append(_begun);
            _begun = null;
        }
        while (!IsCompleted && !IsFull(chunk))
        {
            if (await Read(mayIdle: chunk.Count > 0, ct) is not { } result)
            {
                TakeBegunLine(chunk);
                return;
            }
            var consumed = Take(result.Buffer, chunk);
            body.AdvanceTo(consumed);
            if (result.IsCompleted && consumed.Equals(result.Buffer.End))
            {
                if (_lineLength > 0)
                    EndLine(chunk);
                IsCompleted = true;
            }
        }
    }

    /// <summary>
    /// Ends a read that is under way. Whoever stops before the end calls it: a reader left in the middle of a read cannot be drained,
    /// and the connection would be lost.
    /// </summary>
    public async Task Abandon()
    {
        if (_reading is not { } reading)
            return;
        _reading = null;
        body.CancelPendingRead();
        try
        {
            body.AdvanceTo((await reading).Buffer.Start);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or BadHttpRequestException or ProblemException)
        {
            // The client is gone or sent nonsense: there is nothing to drain.
        }
    }

    // The line that has begun goes to the next chunk.
    private void TakeBegunLine(IntakeChunk chunk)
    {
        if (_lineLength == 0)
            return;
        _begun = chunk.Buffer.Memory[_lineStart..].ToArray();
        chunk.Buffer.Truncate(_lineStart);
    }

    private bool IsFull(IntakeChunk chunk) =>
        _lineLength == 0 && (chunk.Count >= chunkEventsMax || chunk.Bytes >= chunkBytesMax);

    // Null when nothing came for the idle time; the read goes on and is taken up by the next call.
    private async ValueTask<ReadResult?> Read(bool mayIdle, CancellationToken ct)
    {
        if (_reading is null)
        {
            var read = body.ReadAsync(ct);
            if (read.IsCompletedSuccessfully)
                return read.Result;
            _reading = read.AsTask();
        }
        if (mayIdle)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            if (await Task.WhenAny(_reading, Task.Delay(idle, stop.Token)) != _reading)
                return null;
            await stop.CancelAsync();
        }
        var result = await _reading;
        _reading = null;
        return result;
    }

    private SequencePosition Take(ReadOnlySequence<byte> buffer, IntakeChunk chunk)
    {
        var consumed = 0L;
        foreach (var segment in buffer)
        {
            var rest = segment.Span;
            while (!rest.IsEmpty)
            {
                if (_lineLength == 0 && SkipEmpty(ref rest) is > 0 and var skipped)
                {
                    consumed += skipped;
                    continue;
                }
                var end = rest.IndexOf((byte)'\n');
                Keep(end < 0 ? rest : rest[..end], chunk);
                if (end < 0)
                {
                    consumed += rest.Length;
                    break;
                }
                EndLine(chunk);
                consumed += end + 1;
                rest = rest[(end + 1)..];
                if (IsFull(chunk))
                    return buffer.GetPosition(consumed);
            }
        }
        return buffer.GetPosition(consumed);
    }

    // Lines of nothing, as a body that expands from little may have by the million.
    private int SkipEmpty(ref ReadOnlySpan<byte> rest)
    {
        var run = rest.IndexOfAnyExcept((byte)'\n');
        var skipped = run < 0 ? rest.Length : run;
        _index += skipped;
        rest = rest[skipped..];
        return skipped;
    }

    private void Keep(ReadOnlySpan<byte> piece, IntakeChunk chunk)
    {
        if (_lineLength == 0)
            _lineStart = chunk.Buffer.Length;
        // One byte more than the limit may be a carriage return.
        var room = LineBytesMax + 1 - _lineLength;
        if (piece.Length <= room)
            chunk.Buffer.Append(piece);
        else if (room >= 0)
            chunk.Buffer.Truncate(_lineStart + HeadKept(piece, chunk));
        _lineLength += piece.Length;
    }

    // The line has just become too long: its head stays, the rest of it is not kept any more.
    private int HeadKept(ReadOnlySpan<byte> piece, IntakeChunk chunk)
    {
        var missing = IntakeChunk.HeadBytesMax - (int)_lineLength;
        if (missing > 0)
            chunk.Buffer.Append(piece[..missing]);
        return IntakeChunk.HeadBytesMax;
    }

    private void EndLine(IntakeChunk chunk)
    {
        var index = _index++;
        if (_lineLength == 0)
            return;
        var kept = chunk.Buffer.Length - _lineStart;
        var line = chunk.Buffer.Memory.Span.Slice(_lineStart, kept);
        var start = _lineStart;
        if (index == 0 && line.StartsWith("\uFEFF"u8))
        {
            line = line[3..];
            start += 3;
        }
        var whole = _lineLength - (start - _lineStart);
        if (whole == line.Length && line.EndsWith("\r"u8))
        {
            line = line[..^1];
            whole--;
        }
        _lineLength = 0;
        if (line.Trim(" \t\r"u8).IsEmpty && whole == line.Length)
            chunk.Buffer.Truncate(_lineStart);
        else
            chunk.Add(index, start, line.Length, whole);
    }
}
