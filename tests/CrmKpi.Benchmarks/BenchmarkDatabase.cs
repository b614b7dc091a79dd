using System.Diagnostics;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.Benchmarks;

/// <summary>A migrated database of its own for one measurement, with its tenants registered; dropped in the end.</summary>
public sealed class BenchmarkDatabase : IAsyncDisposable
{
    private static int _count;

    private readonly EmbeddedServer _server;
    private readonly string _name;

    private BenchmarkDatabase(EmbeddedServer server, string name)
    {
        (_server, _name) = (server, name);
        ConnectionString = server.ConnectionTo(name);
        Database = new Database(ConnectionString);
    }

    /// <summary>Its pool.</summary>
    public Database Database { get; }

    /// <summary>For whoever opens connections of its own.</summary>
    public string ConnectionString { get; }

    /// <summary>Makes one; a checkpoint stands behind it, so that none falls into a measurement.</summary>
    /// <param name="server">A durable server.</param>
    /// <param name="tenants">How many tenants to register.</param>
    public static async Task<BenchmarkDatabase> Create(EmbeddedServer server, int tenants, CancellationToken ct)
    {
        var name = $"bench_{Interlocked.Increment(ref _count)}";
        await Admin(server, $"CREATE DATABASE {name}", ct);
        var made = new BenchmarkDatabase(server, name);
        await Migrator.Apply(made.Database, TestDatabase.Assemblies, ct);
        var store = new TenantStore(made.Database);
        for (var tenant = 0; tenant < tenants; tenant++)
            await store.Register(Tenant(tenant), "Benchmark", TenantStore.DefaultAgency, ct);
        await Admin(server, "CHECKPOINT", ct);
        return made;
    }

    /// <summary>The id of a registered tenant.</summary>
    public static string Tenant(int number) => $"tenant-{number}";

    /// <summary>Events per second of writers who take tenant after tenant.</summary>
    public static async Task<double> EventsPerSecond(
        int tenants, int eventsPerTenant, int writers, Func<int, Task> write, CancellationToken ct)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = writers, CancellationToken = ct };
        var start = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, tenants), options, async (tenant, _) => await write(tenant));
        return tenants * (double)eventsPerTenant / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Admin(_server, $"DROP DATABASE {_name} WITH (FORCE)", CancellationToken.None);
    }

    private static async Task Admin(EmbeddedServer server, string sql, CancellationToken ct)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false };
        await using var source = NpgsqlDataSource.Create(unpooled);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(ct);
    }
}
