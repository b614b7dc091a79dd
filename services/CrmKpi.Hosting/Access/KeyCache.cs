using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CrmKpi.Postgres.Control;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// Remembers for seconds which keys are right and which are wrong. It holds digests, never the text of a key. Wrong keys have
/// a table of their own, so that guessing cannot push the right ones out.
/// </summary>
internal sealed class KeyCache(KeyStore keys, LastUse lastUse, IOptions<SecurityOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<Digest, Entry> _right = new();
    private readonly ConcurrentDictionary<Digest, Entry> _wrong = new();

    /// <summary>The caller of a key text; null when it is wrong, expired or revoked.</summary>
    public async ValueTask<Caller?> Find(string text, CancellationToken ct)
    {
        var digest = Digest.Of(text);
        var now = time.GetUtcNow();
        if (_right.TryGetValue(digest, out var entry) && entry.Until > now)
            return entry.ExpiresAt > now ? Used(entry.Caller!, now) : null;
        if (_wrong.TryGetValue(digest, out entry) && entry.Until > now)
            return null;

        var key = await keys.Authenticate(text, ct);
        var until = now.AddSeconds(options.Value.KeyCacheSeconds);
        if (key is null)
        {
            _right.TryRemove(digest, out _);
            Put(_wrong, digest, new Entry(null, until, DateTimeOffset.MaxValue), now);
            return null;
        }
        var caller = new Caller(
            new Actor(Actor.Key, key.Id, key.Agency), key.Agency, key.Scopes, key.Tenants)
        { ExpiresAt = key.ExpiresAt };
        Put(_right, digest, new Entry(caller, until, key.ExpiresAt ?? DateTimeOffset.MaxValue), now);
        return Used(caller, now);
    }

    private Caller Used(Caller caller, DateTimeOffset now)
    {
        lastUse.Note(caller.Actor.Id, now);
        return caller;
    }

    private void Put(ConcurrentDictionary<Digest, Entry> table, Digest digest, Entry entry, DateTimeOffset now)
    {
        if (options.Value.KeyCacheSeconds == 0)
            return;
        if (table.Count >= options.Value.KeyCacheEntriesMax)
        {
            foreach (var (key, old) in table)
                if (old.Until <= now)
                    table.TryRemove(key, out _);
            if (table.Count >= options.Value.KeyCacheEntriesMax)
                table.Clear();
        }
        table[digest] = entry;
    }

    private readonly record struct Entry(Caller? Caller, DateTimeOffset Until, DateTimeOffset ExpiresAt);

    private readonly record struct Digest(ulong A, ulong B, ulong C, ulong D)
    {
        public static Digest Of(string text)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), hash);
            return MemoryMarshal.Read<Digest>(hash);
        }
    }
}
