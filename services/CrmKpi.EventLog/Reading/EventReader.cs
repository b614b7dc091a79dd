using System.Runtime.CompilerServices;
using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.EventLog.Reading;

/// <summary>Reads the log. No locks: what is visible is in order and without gaps; that is asserted.</summary>
internal sealed class EventReader(Database database)
{
    public async Task<IReadOnlyList<StoredEvent>> Read(
        string tenant, long after, int max, long bytesMax, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        await using var command = database.For(tenant).Command(
            Texts.ReadEvents, Varchar(tenant), Number(after), Number(Through(after, max)));
        var events = await Rows(command, max, bytesMax, ct);
        for (var i = 0; i < events.Count; i++)
            if (events[i].Sequence != after + i + 1)
                throw new LogCorruptException(
                    $"The log of tenant '{tenant}' has a gap: sequence {events[i].Sequence} stands where "
                    + $"{after + i + 1} should.");
        return events;
    }

    public async Task<IReadOnlyList<StoredEvent>> ReadStream(
        string tenant, string streamId, long after, int max, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        await using var command = database.For(tenant).Command(
            Texts.ReadStream, Varchar(tenant), Varchar(streamId), Number(after), Number(Through(after, max)));
        var events = await Rows(command, max, long.MaxValue, ct);
        for (var i = 0; i < events.Count; i++)
            if (events[i].Version != after + i + 1)
                throw new LogCorruptException(
                    $"Stream '{streamId}' of tenant '{tenant}' has a gap: version {events[i].Version} stands where "
                    + $"{after + i + 1} should.");
        return events;
    }

    // Behind the last number that there can be comes nothing.
    private static long Through(long after, int max) => after > long.MaxValue - max ? long.MaxValue : after + max;

    /// <summary>Page by page; the next page is fetched while the caller works on the one it has.</summary>
    public async IAsyncEnumerable<IReadOnlyList<StoredEvent>> Pages(
        string tenant, long after, long through, int pageSize, [EnumeratorCancellation] CancellationToken ct)
    {
        var next = Next(after);
        while (next is not null)
        {
            var page = await next;
            if (page.Count == 0)
                yield break;
            next = Next(page[^1].Sequence);
            yield return page;
        }

        Task<IReadOnlyList<StoredEvent>>? Next(long from) =>
            from >= through ? null : Read(tenant, from, (int)Math.Min(pageSize, through - from), long.MaxValue, ct);
    }

    public async Task<IReadOnlyList<string>> TraceParents(string tenant, long after, long through, int max, CancellationToken ct)
    {
        await using var command = database.For(tenant).Command(
            Texts.ReadTraceParents, Varchar(tenant), Number(after), Number(through), max);
        await using var reader = await command.ExecuteReader(ct);
        var parents = new List<string>();
        while (await reader.ReadAsync(ct))
            parents.Add(reader.GetString(0));
        return parents;
    }

    public Task<LogPosition?> Position(string tenant, long sequence, CancellationToken ct) =>
        Position(database.For(tenant).Command(Texts.FindPosition, Varchar(tenant), Number(sequence)), ct);

    public Task<LogPosition?> PositionAt(string tenant, long through, DateTimeOffset instant, CancellationToken ct) =>
        Position(
            database.For(tenant).Command(
                Texts.FindPositionAt, Varchar(tenant), Number(through),
                new NpgsqlParameter<DateTime> { TypedValue = instant.UtcDateTime }),
            ct);

    private static async Task<LogPosition?> Position(ScopedBatch asked, CancellationToken ct)
    {
        await using var command = asked;
        await using var reader = await command.ExecuteReader(ct);
        return await reader.ReadAsync(ct)
            ? new LogPosition(reader.GetInt64(0), reader.GetGuid(1), new DateTimeOffset(reader.GetDateTime(2)))
            : null;
    }

    private static async Task<IReadOnlyList<StoredEvent>> Rows(
        ScopedBatch command, int max, long bytesMax, CancellationToken ct)
    {
        const int CapacityMax = 1_024;
        await using var reader = await command.ExecuteReader(ct);
        var events = new List<StoredEvent>(Math.Min(max, CapacityMax));
        var types = new Repeated();
        var sources = new Repeated();
        while (await reader.ReadAsync(ct))
        {
            events.Add(new StoredEvent(
                reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt64(3),
                types.Same(reader.GetString(4)), sources.Same(reader.GetString(5)), reader.GetString(6),
                new DateTimeOffset(reader.GetDateTime(7)), new DateTimeOffset(reader.GetDateTime(8)),
                reader.GetFieldValue<byte[]>(9)));
            if ((bytesMax -= events[^1].Data.Length) > 0)
                continue;
            // Without it, closing the reader would fetch all that is left.
            command.Cancel();
            break;
        }
        return events;
    }

    private static NpgsqlParameter Varchar(string value) => new NpgsqlParameter<string>
    {
        TypedValue = value,
        NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Varchar,
    };

    private static NpgsqlParameter Number(long value) => new NpgsqlParameter<long> { TypedValue = value };

    /// <summary>Keeps one copy of texts that repeat from row to row.</summary>
    private sealed class Repeated
    {
        private const int TextsMax = 256;
        private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

        public string Same(string text)
        {
            if (_texts.TryGetValue(text, out var known))
                return known;
            if (_texts.Count < TextsMax)
                _texts.Add(text);
            return text;
        }
    }
}

