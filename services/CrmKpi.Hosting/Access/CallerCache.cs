using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CrmKpi.Hosting.Access.Tokens;
using CrmKpi.Postgres.Control;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// Remembers for a short while which credentials are right and which are wrong. It holds digests, never the text of a
/// credential. Wrong ones have a table of their own, so that guessing cannot push the right ones out.
/// </summary>
internal sealed class CallerCache(
    KeyStore keys, TokenIssuers tokens, LastUse lastUse, IOptions<SecurityOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<Digest, Entry> _right = new();
    private readonly ConcurrentDictionary<Digest, Entry> _wrong = new();

    /// <summary>The caller of a key or token; none when it is wrong, expired or revoked.</summary>
    public async ValueTask<Verdict> Find(string text, CancellationToken ct)
    {
        var digest = Digest.Of(text);
        var now = time.GetUtcNow();
        if (_right.TryGetValue(digest, out var entry) && entry.Until > now && !(entry.Verdict.Caller!.ExpiresAt <= now))
            return Used(entry.Verdict, now);
        if (_wrong.TryGetValue(digest, out entry) && entry.Until > now)
            return entry.Verdict;

        var verdict = await Check(text, ct);
        var keep = verdict.KeepFor ?? TimeSpan.FromSeconds(options.Value.KeyCacheSeconds);
        if (verdict.Caller is null)
            _right.TryRemove(digest, out _);
        if (keep > TimeSpan.Zero)
            Put(verdict.Caller is null ? _wrong : _right, digest, new Entry(verdict, now + keep), now);
        return Used(verdict, now);
    }

    private async ValueTask<Verdict> Check(string text, CancellationToken ct)
    {
        if (!text.StartsWith(KeyStore.TextPrefix, StringComparison.Ordinal))
            return await tokens.Check(text, ct);
        return await keys.Authenticate(text, ct) is not { } key
            ? Verdict.Unknown
            : Verdict.Right(new Caller(new Actor(Actor.Key, key.Id, key.Agency), key.Agency, key.Scopes, key.Tenants)
            {
                ExpiresAt = key.ExpiresAt,
            });
    }

    private Verdict Used(Verdict verdict, DateTimeOffset now)
    {
        if (verdict.Caller?.Actor is { Kind: Actor.Key, Id: var id })
            lastUse.Note(id, now);
        return verdict;
    }

    private void Put(ConcurrentDictionary<Digest, Entry> table, Digest digest, Entry entry, DateTimeOffset now)
    {
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

    private readonly record struct Entry(Verdict Verdict, DateTimeOffset Until);

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
