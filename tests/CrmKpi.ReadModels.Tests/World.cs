using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.EventLog;
using CrmKpi.Postgres.Control;
using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Store;
using CrmKpi.ReadModels.Verification;
using CrmKpi.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrmKpi.ReadModels.Tests;

/// <summary>A migrated database with tenants, a log to append to, and lanes that work when told to.</summary>
internal sealed class World : IAsyncDisposable
{
    private World(TestDatabase database)
    {
        Database = database;
        Log = new EventLog.EventLog(database.Database);
        Generations = new GenerationStore(database.Database);
        Verifications = new VerificationStore(database.Database);
    }

    public TestDatabase Database { get; }
    public EventLog.EventLog Log { get; }
    public GenerationStore Generations { get; }
    public VerificationStore Verifications { get; }
    public ProjectionStore Store => new(Database.Database);

    public static async Task<World> Create(params string[] tenants)
    {
        var world = new World(await TestDatabase.Create());
        foreach (var tenant in tenants)
            await new TenantStore(world.Database.Database).Register(tenant, tenant, TenantStore.DefaultAgency);
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await Database.DisposeAsync();
    }

    public async Task<long> Append(string tenant, IEnumerable<SampleEvent> events)
    {
        var last = 0L;
        foreach (var chunk in events.Chunk(500))
            last = (await Log.Append(tenant, [.. chunk.Select(e => new NewEvent(
                "sample", e.Id, e.Type, e.Subject, e.Time, Encoding.UTF8.GetBytes(e.Data)))])).Sequence;
        return last;
    }

    public Task<long> Append(string tenant, string type, string subject, string data, string id = "") => Append(
        tenant, [new SampleEvent(id.Length > 0 ? id : Guid.NewGuid().ToString(), type, subject, DateTimeOffset.UnixEpoch.AddYears(54), data)]);

    public LaneServices Services(LaneOptions? options = null) => new(
        Log, Store, Generations, Verifications, new CubeNotifier(Database.Database), options ?? new LaneOptions(),
        NullLogger.Instance);

    /// <summary>Takes turns until nothing is left to do; answers how many.</summary>
    public async Task<int> CatchUp(string tenant, LaneOptions? options = null)
    {
        var lane = new TenantLane(tenant, Services(options));
        for (var turns = 1; ; turns++)
        {
            var result = await lane.Turn(bulk: true, CancellationToken.None);
            if (!result.HasMore)
                return turns;
            if (result.RetryAfter is { } delay)
                await Task.Delay(delay);
        }
    }

    public async Task<Generation> Live(string tenant) =>
        (await Generations.List(tenant)).Single(g => g.Status == GenerationStatus.Live);

    /// <summary>The non-zero cells of a generation by their decoded key, in words, sorted.</summary>
    public async Task<List<string>> Cells(string tenant, int generation)
    {
        await using var command = Database.DataSource.CreateCommand(
            """
            SELECT c.measure, c.day, d."values", c.bucket, c.count, c.sum::text, c.sum_of_squares::text
            FROM kpi.cube c JOIN kpi.dimension_sets d ON d.tenant_id = c.tenant_id AND d.id = c.dims
            WHERE c.tenant_id = $1 AND c.generation = $2 AND NOT (count = 0 AND sum = 0 AND sum_of_squares = 0)
            """);
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = generation });
        await using var reader = await command.ExecuteReaderAsync();
        var cells = new List<string>();
        while (await reader.ReadAsync())
            cells.Add(Text(
                reader.GetInt16(0), reader.GetInt32(1), DimensionSet.FromValues(reader.GetFieldValue<string?[]>(2)),
                reader.GetInt32(3), reader.GetInt64(4), reader.GetString(5), reader.GetString(6)));
        cells.Sort(StringComparer.Ordinal);
        return cells;
    }

    /// <summary>The folded states of a generation, in words, sorted.</summary>
    public async Task<List<string>> Facts(string tenant, int generation)
    {
        var facts = new List<string>();
        foreach (var schema in FactSchema.All)
        {
            await using var command = Database.DataSource.CreateCommand(
                $"SELECT id, folded, to_jsonb(f) - 'folded' - 'generation' - 'sequence' FROM kpi.{schema.Table} f "
                + "WHERE tenant_id = $1 AND generation = $2");
            command.Parameters.Add(new() { Value = tenant });
            command.Parameters.Add(new() { Value = generation });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                facts.Add($"{schema.Table}/{reader.GetString(0)} {Convert.ToHexString(reader.GetFieldValue<byte[]>(1))} {reader.GetString(2)}");
        }
        facts.Sort(StringComparer.Ordinal);
        return facts;
    }

    /// <summary>What one fold of the whole log gives, without a database of read models: the cells, in words, sorted.</summary>
    public async Task<List<string>> ExpectedCells(string tenant, long upTo = int.MaxValue) =>
        ExpectedCells(await Log.Read(tenant, 0, (int)upTo));

    /// <summary>The same of a log that was read.</summary>
    public static List<string> ExpectedCells(IReadOnlyList<StoredEvent> log)
    {
        var events = log.Select(ToLogEvent).ToArray();
        var settings = new SettingsFold();
        foreach (var e in events.Where(SettingsFold.Handles))
            settings.Apply(e);
        var batch = new FoldBatch(settings.Settings);
        batch.Add(events.Where(e => !SettingsFold.Handles(e)).ToArray());
        while (batch.Missing is { Count: > 0 } missing)
            foreach (var key in missing)
                batch.Load(key, null);
        return Words(batch.Complete().Cells);
    }

    /// <summary>The cells of snapshots in the same words.</summary>
    public static List<string> Cells(CubeSnapshot snapshot)
    {
        var cells = new List<string>();
        foreach (var column in snapshot.Columns.Values)
            for (var i = 0; i < column.Length; i++)
                cells.Add(Text(
                    column.Measure.Id, column.Days[i], snapshot.DimensionSets[column.Dims[i]], column.Buckets[i],
                    column.Counts[i], $"{column.Sums[i]}", $"{column.Squares[i]}"));
        cells.Sort(StringComparer.Ordinal);
        return cells;
    }

    public static LogEvent ToLogEvent(StoredEvent e) => new(
        e.Sequence, e.StreamId, e.Type, (e.OccurredAt.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        e.Data);

    private static List<string> Words(IReadOnlyCollection<KeyValuePair<CubeCell, CellValue>> cells)
    {
        var words = cells.Select(pair => Text(
            pair.Key.Measure.Id, pair.Key.Day, pair.Key.Dims, pair.Key.Bucket, pair.Value.Count, $"{pair.Value.Sum}",
            $"{pair.Value.SumOfSquares}")).ToList();
        words.Sort(StringComparer.Ordinal);
        return words;
    }

    private static string Text(
        int measure, int day, DimensionSet dims, int bucket, long count, string sum, string squares) =>
        $"{measure} {day} [{dims}] {bucket}: {count} {sum} {squares}";
}
