using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;

namespace CrmKpi.Query.Explain;

/// <summary>A page of facts.</summary>
/// <param name="Scanned">The rows of facts that were read for it.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
internal sealed record FactPage(IReadOnlyList<Fact> Facts, int Scanned, FactCursor? Next);

/// <summary>Reads the next entities of a kind from an id on, by id, with the bytes of their states.</summary>
internal delegate Task<IReadOnlyList<(EntityState State, int Bytes)>> ReadStates(
    EntityKind kind, string fromId, int max, CancellationToken ct);

/// <summary>
/// Reads the facts behind some readings, page by page: 1. the distinct values, 2. the facts of entities by kind and id. A page ends
/// when it is full, or when it has read as many rows as a request may.
/// </summary>
/// <param name="states">Where the states come from: those of the snapshot's sequence.</param>
internal sealed class FactPages(
    CubeSnapshot snapshot, ReadStates states, KpiQuery query, IReadOnlyList<ExplainedReading> readings,
    int rowsMax = FactPages.RowsMax, int chunkRows = FactPages.ChunkRows, long bytesMax = FactPages.BytesMax)
{
    /// <summary>The most rows read for a page.</summary>
    public const int RowsMax = 20_000;

    /// <summary>The most bytes of states read for a page; the row that reaches it is the last.</summary>
    public const long BytesMax = 64 * 1024 * 1024;

    /// <summary>The rows read at once.</summary>
    public const int ChunkRows = 500;

    private readonly FactFinder _finder = new(snapshot, query.Period, query.Filters, readings);
    private readonly DistinctFinder _distinct = new(snapshot, query.Period, query.Filters, readings);
    private readonly List<Fact> _facts = [];
    private int _rows;
    private long _bytes;

    /// <summary>The page that begins at a cursor.</summary>
    public async Task<FactPage> Read(FactCursor cursor, int limit, CancellationToken ct)
    {
        // 1. Distinct values: no rows, but for their examples.
        if (cursor.Value is { } first)
        {
            var values = _distinct.Facts();
            _facts.AddRange(values.Skip(first).Take(limit));
            await FindExamples(ct);
            if (first + limit < values.Count)
                return Page(At(first + limit, 0, "", 0));
            cursor = At(null, 0, "", 0);
        }

        // 2. Entities: one fact more than wanted tells whether there is a next page.
        FactCursor? next = null;
        await Scan(_finder, cursor, (state, skip) =>
        {
            var found = _finder.FactsOf(state);
            for (var i = skip; i < found.Count; i++)
            {
                if (_facts.Count == limit)
                {
                    next = At(null, state.Key.Kind, state.Key.Id, i);
                    return false;
                }
                _facts.Add(found[i]);
            }
            return true;
        }, stopped => next = stopped, ct);
        return Page(next);
    }

    private async Task FindExamples(CancellationToken ct)
    {
        if (_facts.Count == 0)
            return;
        var examples = _distinct.Examples();
        var missing = _facts.Count;
        await Scan(examples, FactCursor.Start, (state, _) =>
        {
            foreach (var found in examples.FactsOf(state))
                for (var i = 0; i < _facts.Count && missing > 0; i++)
                    if (_facts[i].Entity is null && _distinct.IsExample(_facts[i], found))
                    {
                        _facts[i] = _facts[i] with { Entity = state.Key };
                        missing--;
                    }
            return missing > 0;
        }, _ => { }, ct);
    }

    /// <summary>Reads entities until <paramref name="take"/> has enough; says where it stopped for the limit of rows.</summary>
    private async Task Scan(
        FactFinder finder, FactCursor cursor, Func<EntityState, int, bool> take, Action<FactCursor> stop, CancellationToken ct)
    {
        foreach (var kind in finder.Kinds.Where(k => k >= cursor.Kind))
        {
            var (from, skip) = kind == cursor.Kind ? (cursor.FromId, cursor.Skip) : ("", 0);
            for (var isLast = false; !isLast;)
            {
                var chunk = await states(kind, from, chunkRows + 1, ct);
                isLast = chunk.Count <= chunkRows;
                foreach (var (state, bytes) in chunk.Take(chunkRows))
                {
                    var skipped = state.Key.Id == from ? skip : 0;
                    if (_rows >= rowsMax || _bytes >= bytesMax)
                    {
                        stop(At(null, kind, state.Key.Id, skipped));
                        return;
                    }
                    ct.ThrowIfCancellationRequested();
                    (_rows, _bytes) = (_rows + 1, _bytes + bytes);
                    if (!take(state, skipped))
                        return;
                }
                (from, skip) = isLast ? ("", 0) : (chunk[^1].State.Key.Id, 0);
            }
        }
    }

    private FactCursor At(int? value, EntityKind kind, string id, int skip) =>
        new(value, kind, id, skip, snapshot.Generation, snapshot.Sequence);

    private FactPage Page(FactCursor? next) => new(_facts, _rows, next);
}
