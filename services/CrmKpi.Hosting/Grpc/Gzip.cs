using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Pipelines;

namespace CrmKpi.Hosting.Grpc;

/// <summary>The one compression besides none.</summary>
internal static class Gzip
{
    private const int SizeBytes = sizeof(uint);
    private const int StepBytes = 16 * 1024;

    /// <summary>The plain bytes; null when they are more than <paramref name="bytesMax"/>, of which no more is held.</summary>
    /// <exception cref="InvalidDataException">It is not gzip, or not whole.</exception>
    public static PooledBytes? Decompress(ReadOnlySequence<byte> compressed, int bytesMax)
    {
        if (compressed.Length < SizeBytes)
            throw new InvalidDataException();
        var plain = new PooledBytes();
        try
        {
            using var gzip = new GZipStream(PipeReader.Create(compressed).AsStream(), CompressionMode.Decompress);
            while (gzip.Read(plain.GetSpan(StepBytes)) is > 0 and var count)
            {
                plain.Advance(count);
                if (plain.WrittenSpan.Length > bytesMax)
                {
                    plain.Dispose();
                    return null;
                }
            }
            // The stream says nothing about a tail that is missing; the size at the end does.
            Span<byte> size = stackalloc byte[SizeBytes];
            compressed.Slice(compressed.Length - SizeBytes).CopyTo(size);
            if (BinaryPrimitives.ReadUInt32LittleEndian(size) != (uint)plain.WrittenSpan.Length)
                throw new InvalidDataException();
            return plain;
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }

    public static PooledBytes Compress(ReadOnlySpan<byte> plain)
    {
        var compressed = new PooledBytes();
        using (var gzip = new GZipStream(compressed.AsStream(), CompressionLevel.Fastest))
            gzip.Write(plain);
        return compressed;
    }
}

/// <summary>Bytes in an array of the pool, which they outgrow for a larger one.</summary>
internal sealed class PooledBytes : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(1_024);
    private int _count;

    public ReadOnlySpan<byte> WrittenSpan => _bytes.AsSpan(0, _count);

    public void Advance(int count) => _count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public Stream AsStream() => new Appending(this);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _count) = ([], 0);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _count >= count)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _count + count));
        WrittenSpan.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }

    private sealed class Appending(PooledBytes target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
