using System.Collections.Concurrent;

namespace CrmKpi.Domain.Cube;

/// <summary>A final answer.</summary>
/// <param name="Body">The bytes to be sent.</param>
/// <param name="NextPage">The cursor of the next page; null on the last.</param>
public sealed record CachedAnswer(byte[] Body, string? NextPage)
{
    /// <summary>What names it to caches; made once, with the answer.</summary>
    public string? Tag { get; init; }
}

/// <summary>
/// Final answers by canonical query text, bounded in number and bytes. It lives and dies with a snapshot, so that nothing in
/// it can be stale; when it is full it takes no more, which a refresh of the snapshot soon heals.
/// </summary>
public sealed class AnswerCache
{
    /// <summary>The most answers kept.</summary>
    public const int AnswersMax = 1_024;

    /// <summary>The most bytes kept, keys included.</summary>
    public const long BytesMax = 8 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, CachedAnswer> _answers = new(StringComparer.Ordinal);
    private long _bytes;
    private int _count;

    /// <summary>Bytes held.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The answer to a query, or null.</summary>
    public CachedAnswer? Find(string query) => _answers.GetValueOrDefault(query);

    /// <summary>Keeps an answer if there is room.</summary>
    public void Add(string query, CachedAnswer answer)
    {
        var size = answer.Body.Length + 2L * query.Length;
        if (Interlocked.Increment(ref _count) > AnswersMax)
        {
            Interlocked.Decrement(ref _count);
            return;
        }
        if (Interlocked.Add(ref _bytes, size) <= BytesMax && _answers.TryAdd(query, answer))
            return;
        Interlocked.Add(ref _bytes, -size);
        Interlocked.Decrement(ref _count);
    }
}
