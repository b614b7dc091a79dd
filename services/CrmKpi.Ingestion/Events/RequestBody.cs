using System.IO.Compression;
using System.IO.Pipelines;
using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Http.Features;

namespace CrmKpi.Ingestion.Events;

/// <summary>The body of a request as it is after decompression.</summary>
internal static class RequestBody
{
    private const int InflateBufferBytes = 64 * 1024;

    /// <summary>
    /// The server's own limit for bodies with a limit of ours, which is narrower: after an early answer the server reads on and throws
    /// away, for a few seconds and up to so much; beyond it cuts the connection, and many clients never see the answer.
    /// </summary>
    public const long DrainBytesMax = 64 * 1024 * 1024;

    /// <summary>Opens it; the body as sent may have so many bytes (null = any number).</summary>
    public static PipeReader Open(HttpRequest request, bool gzip, long? sentBytesMax)
    {
        if (sentBytesMax is null
            && request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if (request.ContentLength > sentBytesMax)
            throw TooLarge(sentBytesMax.Value);
        if (!gzip)
            return request.BodyReader;
        var inflated = new InflatedStream(request.Body);
        return PipeReader.Create(inflated, new StreamPipeReaderOptions(bufferSize: InflateBufferBytes));
    }

    /// <summary>Reads it to its end into a buffer; a byte order mark is left out.</summary>
    public static async Task ReadAll(PipeReader body, PooledBytes target, int bytesMax, CancellationToken ct)
    {
        while (true)
        {
            var result = await body.ReadAsync(ct);
            var fits = target.Length + result.Buffer.Length <= bytesMax;
            if (fits)
                foreach (var segment in result.Buffer)
                    target.Append(segment.Span);
            // In any case: a reader left in the middle of a read cannot be drained, and the connection would be lost.
            body.AdvanceTo(result.Buffer.End);
            if (!fits)
                throw TooLarge(bytesMax);
            if (result.IsCompleted)
                return;
        }
    }

    private static ProblemException TooLarge(long bytesMax) =>
        new(KnownProblems.OfStatus(StatusCodes.Status413PayloadTooLarge) with
        {
            Detail = $"A body of this media type may have {bytesMax} bytes at most; nothing of it was read in. " +
                $"Send {MediaTypes.Lines}, which may have any length, or smaller batches.",
            Members = json => json.WriteNumber("bytesMax", bytesMax),
        });
}

/// <summary>A gzip body, expanded; refuses one that expands beyond all measure.</summary>
internal sealed class InflatedStream(Stream body) : Stream
{
    private const long RatioMax = 100;
    private const long FreeBytes = 8 * 1024 * 1024;

    private readonly CountingStream _sent = new(body);
    private GZipStream? _gzip;
    private long _expanded;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            _gzip ??= new GZipStream(_sent, CompressionMode.Decompress);
            var read = await _gzip.ReadAsync(buffer, cancellationToken);
            _expanded += read;
            if (_expanded > FreeBytes + RatioMax * _sent.BytesRead)
                throw Refused(StatusCodes.Status413PayloadTooLarge, "expands_too_far",
                    $"The gzip body expands more than {RatioMax} times. Send it as it is.");
            return read;
        }
        catch (InvalidDataException)
        {
            throw Refused(StatusCodes.Status400BadRequest, "malformed_encoding",
                "The body is not well-formed gzip, although its Content-Encoding says so.");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Bodies are read asynchronously.");

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip?.Dispose();
        base.Dispose(disposing);
    }

    private static ProblemException Refused(int status, string code, string detail) => new(new Problem(status, code, detail));

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long BytesRead { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            BytesRead += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
