using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.EventLog;
using CrmKpi.Postgres.Control;
using CrmKpi.Query;
using CrmKpi.ReadModels;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Memory;
using CrmKpi.ReadModels.Store;
using CrmKpi.Services.Tests.Grpc;
using CrmKpi.Testing;
using CrmKpi.Testing.Grpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Services.Tests.Query;

/// <summary>
/// The query service on a real PostgreSQL, at noon of 2025-05-01 UTC. Events are appended to the log and projected by the folds and
/// the store of the read models, without a lane.
/// </summary>
public class QueryService : IAsyncLifetime
{
    private readonly Dictionary<string, Projection> _projections = [];
    private TestDatabase _database = null!;
    private WebApplication _service = null!;
    private EventLog.EventLog _log = null!;
    private HttpClient _client = null!;
    private int _events;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.Create();
        _log = new EventLog.EventLog(_database.Database);
        _service = QueryHost.Build(
            ["--urls=http://127.0.0.1:0", $"--Postgres:ConnectionString={_database.ConnectionString}"],
            builder =>
            {
                Http2.Listen(builder);
                builder.Services.AddSingleton(Clock);
                builder.Services.AddSingleton(new TenantCubes(
                    _database.Database, new TenantCubesOptions { SequenceWaitMax = TimeSpan.FromMilliseconds(200) }));
                Configure(builder);
            });
        await _service.StartAsync();
        Address = new Uri(_service.Urls.First());
        _client = new HttpClient { BaseAddress = Address };
    }

    /// <summary>Where the service listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What the service is made of.</summary>
    public IServiceProvider Services => _service.Services;

    /// <summary>Other settings of the service.</summary>
    protected virtual void Configure(WebApplicationBuilder builder)
    {
    }

    /// <summary>Stops the service as a signal would.</summary>
    public Task Stop() => _service.StopAsync();

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _service.DisposeAsync();
        await _log.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Registers a tenant.</summary>
    public Task Register(string tenant) =>
        new TenantStore(_database.Database).Register(tenant, tenant, TenantStore.DefaultAgency);

    /// <summary>A key of the tenants.</summary>
    public async Task<string> Key(Scopes scopes, params string[] tenants) =>
        (await new KeyStore(_database.Database).Create("test", TenantStore.DefaultAgency, scopes, tenants, null)).Text;

    /// <summary>Ends a key.</summary>
    public async Task Revoke(string key) =>
        Assert.True(await new KeyEnding(_database.Database).Revoke(key.Split('_')[1], ActedBy.Process("test")));

    /// <summary>Appends events to the log without projecting them; returns the last sequence.</summary>
    public async Task<long> Append(string tenant, params (string Type, string Stream, string Time, string Data)[] events)
    {
        var appended = await _log.Append(tenant, [.. events.Select(e => new NewEvent(
            "test", $"e{Interlocked.Increment(ref _events)}", e.Type, e.Stream, DateTimeOffset.Parse(e.Time + "Z"),
            Encoding.UTF8.GetBytes(e.Data)))]);
        return appended.Sequence;
    }

    /// <summary>The service's database.</summary>
    internal Postgres.Database Database => _database.Database;

    /// <summary>A part of the service.</summary>
    internal T Of<T>() where T : notnull => _service.Services.GetRequiredService<T>();

    /// <summary>Where it is.</summary>
    /// <summary>The clock of the service.</summary>
    internal static TimeProvider Clock { get; } = new Noon();

    internal string ConnectionString => _database.ConnectionString;

    /// <summary>The log of the service's database.</summary>
    internal EventLog.EventLog Log => _log;

    /// <summary>Folds what the log has into the tenant's read models.</summary>
    public async Task Project(string tenant)
    {
        if (!_projections.TryGetValue(tenant, out var projection))
            _projections.Add(tenant, projection = new Projection(tenant, _database.Database));
        await projection.Run(_log);
    }

    /// <summary>Appends and projects.</summary>
    public async Task<long> Given(string tenant, params (string Type, string Stream, string Time, string Data)[] events)
    {
        var sequence = await Append(tenant, events);
        await Project(tenant);
        return sequence;
    }

    /// <summary>A client that speaks gRPC.</summary>
    public GrpcClient Grpc(string? key) => Http2.Client(_service, key);

    /// <summary>Gets a path.</summary>
    /// <param name="known">The tags of answers that the caller has.</param>
    public async Task<HttpResponseMessage> Get(string path, string? key, string? accept = null, string? known = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        if (known is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return await _client.SendAsync(request);
    }

    /// <summary>Gets a JSON answer; anything but 200 fails the test with what was answered.</summary>
    public async Task<JsonElement> Json(string path, string key)
    {
        using var response = await Get(path, key);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2025, 5, 1, 12, 0, 0, TimeSpan.Zero);
    }

    /// <summary>What a lane does for one tenant, plainly.</summary>
    private sealed class Projection(string tenant, Postgres.Database database)
    {
        private readonly Dictionary<EntityKey, byte[]> _stored = [];
        private readonly SettingsFold _settings = new();
        private DimensionDictionary? _dimensions;
        private Generation? _generation;

        public async Task Run(EventLog.EventLog log)
        {
            var store = new ProjectionStore(database);
            var generations = new GenerationStore(database);
            await generations.CreateFirst(
                tenant, Domain.Cube.Measures.RulesVersion, _settings.Serialize(), _settings.Settings.CountingKey);
            _generation ??= (await generations.List(tenant)).Single();
            _dimensions ??= await store.LoadDimensions(tenant);
            var stored = await log.Read(tenant, _generation.Sequence, 10_000);
            LogEvent[] events =
            [
                .. stored.Select(e => new LogEvent(
                    e.Sequence, e.StreamId, e.Type, (e.OccurredAt.UtcTicks - DateTime.UnixEpoch.Ticks) / 10, e.Data)),
            ];
            foreach (var e in events.Where(SettingsFold.Handles))
                _settings.Apply(e);
            var batch = new FoldBatch(_settings.Settings);
            batch.Add(events);
            while (batch.Missing is { Count: > 0 } keys)
                foreach (var key in keys)
                    batch.Load(key, _stored.TryGetValue(key, out var bytes) ? EntityState.Deserialize(key, bytes) : null);
            var changes = batch.Complete();
            foreach (var entity in changes.Entities)
                _stored[entity.Key] = entity.Serialize();
            _generation = await store.Save(
                new BatchCommit(
                    _generation, events[^1].Sequence, changes, new HashSet<EntityKey>(), _settings.Settings,
                    (_settings.Serialize(), _settings.Settings.CountingKey), null),
                _dimensions);
        }
    }
}
