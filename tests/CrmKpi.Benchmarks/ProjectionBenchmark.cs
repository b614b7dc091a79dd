using System.Diagnostics;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Generations;
using CrmKpi.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrmKpi.Benchmarks;

/// <summary>
/// Goal 3: a projection process catches up with 200 000 events of 10 tenants, then rebuilds all of them beside the live read
/// models; all facts and the whole cube, exactly once. The reference does nothing but the unavoidable I/O, as many tenants at
/// a time: it reads the same events from the log and writes the same rows, made beforehand, by raw COPY into tables with
/// the same keys.
/// </summary>
public static class ProjectionBenchmark
{
    private const int Tenants = 10;
    private const int EventsPerTenant = 20_000;
    private const int Workers = 2;
    private const int AppendEvents = 2_000;
    private const string Reference = "read the log, raw COPY of the same rows";

    private static readonly string[] Tables = [.. FactSchema.All.Select(schema => schema.Table), "cube"];

    /// <param name="server">A durable server.</param>
    public static async Task<BenchmarkRow[]> Run(EmbeddedServer server, int rounds = 3, CancellationToken ct = default)
    {
        List<double> catchUps = [], rebuilds = [], references = [];
        var histories = Enumerable.Range(0, Tenants)
            .Select(tenant => SampleHistory.Events(EventsPerTenant, seed: tenant + 1)).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            await using var database = await Filled(server, histories, ct);
            var (catchUp, rebuild) = await Project(database.Database, database.ConnectionString, ct);
            catchUps.Add(catchUp);
            rebuilds.Add(rebuild);
            references.Add(await Copy(database.Database, ct));
        }
        return
        [
            Row("projection: catch-up, 10 tenants", catchUps, references),
            Row("projection: rebuild, 10 tenants", rebuilds, references),
        ];
    }

    private static BenchmarkRow Row(string name, List<double> values, List<double> references) =>
        BenchmarkRow.OfMedians(name, "events/s", values, Reference, references);

    private static string Tenant(int number) => BenchmarkDatabase.Tenant(number);

    private static double Rate(Stopwatch clock) => Tenants * EventsPerTenant / clock.Elapsed.TotalSeconds;

    private static async Task<(double CatchUp, double Rebuild)> Project(
        Database database, string connectionString, CancellationToken ct)
    {
        await using var log = new EventLog.EventLog(database);
        var options = new LaneOptions { PollSeconds = 0.05 };
        var lanes = new ProjectionLanes(database, connectionString, log, options, NullLogger<ProjectionLanes>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);

        var clock = Stopwatch.StartNew();
        var running = lanes.Run(stop.Token);
        await Until(database, "SELECT count(*) FROM kpi.generations WHERE status = 'live' AND sequence = $1", ct);
        var catchUp = Rate(clock);

        var generations = new GenerationStore(database);
        var empty = new SettingsFold();
        clock.Restart();
        for (var tenant = 0; tenant < Tenants; tenant++)
            await generations.Start(
                Tenant(tenant), Measures.RulesVersion, GenerationStatus.Building, empty.Serialize(),
                empty.Settings.CountingKey, ct);
        await Until(
            database, "SELECT count(*) FROM kpi.generations WHERE status = 'live' AND sequence = $1 AND generation = 2", ct);
        var rebuild = Rate(clock);
        await Until(database, "SELECT count(*) FROM kpi.generations WHERE sequence = $1", ct);
        await stop.CancelAsync();
        await running;
        return (catchUp, rebuild);
    }

    private static async Task Until(Database database, string sql, CancellationToken ct)
    {
        const int PollMilliseconds = 5;
        await using var command = database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = (long)EventsPerTenant });
        while ((long)(await command.ExecuteScalarAsync(ct))! != Tenants)
            await Task.Delay(PollMilliseconds, ct);
    }

    private static async Task<double> Copy(Database database, CancellationToken ct)
    {
        var rows = new Dictionary<(string Table, string Tenant), byte[]>();
        foreach (var table in Tables)
        {
            await Execute(
                database,
                $"CREATE TABLE kpi.reference_{table} (LIKE kpi.{table} INCLUDING INDEXES INCLUDING DEFAULTS) WITH (fillfactor = 85)", ct);
            for (var tenant = 0; tenant < Tenants; tenant++)
                rows[(table, Tenant(tenant))] = await Read(database, table, Tenant(tenant), ct);
        }
        await Execute(database, "CHECKPOINT", ct);
        await using var log = new EventLog.EventLog(database);
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Tenants).Select(Tenant),
            new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = ct },
            async (tenant, ct) =>
            {
                if ((await log.Read(tenant, 0, EventsPerTenant, ct)).Count != EventsPerTenant)
                    throw new InvalidOperationException($"The log of {tenant} is not whole.");
                await using var connection = await database.DataSource.OpenConnectionAsync(ct);
                await using var transaction = await connection.BeginTransactionAsync(ct);
                foreach (var table in Tables)
                {
                    await using var copy = await connection.BeginRawBinaryCopyAsync(
                        $"COPY kpi.reference_{table} FROM STDIN (FORMAT binary)", ct);
                    await copy.WriteAsync(rows[(table, tenant)], ct);
                }
                await transaction.CommitAsync(ct);
            });
        return Rate(clock);
    }

    /// <summary>The rows of a tenant's live read models as COPY writes them.</summary>
    private static async Task<byte[]> Read(Database database, string table, string tenant, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var copy = await connection.BeginRawBinaryCopyAsync(
            $"COPY (SELECT * FROM kpi.{table} WHERE tenant_id = '{tenant}' AND generation = 2) TO STDOUT (FORMAT binary)", ct);
        using var bytes = new MemoryStream();
        await copy.CopyToAsync(bytes, ct);
        return bytes.ToArray();
    }

    private static async Task<BenchmarkDatabase> Filled(
        EmbeddedServer server, IReadOnlyList<SampleEvent>[] histories, CancellationToken ct)
    {
        var database = await BenchmarkDatabase.Create(server, Tenants, ct);
        await using var log = new EventLog.EventLog(database.Database);
        for (var tenant = 0; tenant < Tenants; tenant++)
            foreach (var chunk in histories[tenant].Chunk(AppendEvents))
                await log.Append(Tenant(tenant), [.. chunk.Select(Services.ToNewEvent)], ct: ct);
        await Execute(database.Database, "ANALYZE", ct);
        await Execute(database.Database, "CHECKPOINT", ct);
        return database;
    }

    private static async Task Execute(Database database, string sql, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(ct);
    }
}
