using System.Buffers;

namespace CrmKpi.Ingestion.Events;

/// <summary>
/// A growing buffer from the pool. <see cref="Recycle"/> gives it back; whoever is not sure that nobody reads it any more
/// leaves it to the garbage collector instead, because a buffer shared by mistake would mix tenants.
/// </summary>
internal sealed class PooledBytes(int capacity) : IBufferWriter<byte>
{
    private const int WriteBytesMin = 256;

    private byte[] _array = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, Length);

    /// <summary>Adds bytes. Slices taken before are void when it has to grow.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _array.Length - Length)
            Grow(bytes.Length);
        bytes.CopyTo(_array.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var room = Math.Max(sizeHint, WriteBytesMin);
        if (room > _array.Length - Length)
            Grow(room);
        return _array.AsMemory(Length);
    }

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <summary>Shortens it.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Gives the memory back to the pool; the object must not be used after it.</summary>
    public void Recycle()
    {
        ArrayPool<byte>.Shared.Return(_array);
        _array = [];
        Length = 0;
    }

    private void Grow(int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_array.Length * 2, Length + more));
        _array.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}
