using System.Text;
using System.Text.Json;
using CrmKpi.EventLog;
using CrmKpi.Postgres.Control;
using CrmKpi.Services.Tests.Query;
using CrmKpi.Testing;
using CrmKpi.Testing.Grpc;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>A query service with a generated tenant, asked over REST and gRPC.</summary>
public sealed class GeneratedService : IAsyncLifetime
{
    public const string Tenant = "generated";
    private const int Events = 6_000;

    private readonly QueryService _service = new();

    /// <summary>The service.</summary>
    public QueryService Service => _service;

    /// <summary>The last event.</summary>
    public long Sequence { get; private set; }

    public string Key { get; private set; } = null!;
    public GrpcClient Grpc { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _service.InitializeAsync();
        await _service.Register(Tenant);
        var appended = await _service.Log.Append(Tenant, [.. GeneratedTenant.Make(seed: 7, Events).Events.Select(e =>
            new NewEvent("generated", e.Id, e.Type, e.Subject, e.Time, Encoding.UTF8.GetBytes(e.Data)))]);
        Sequence = appended.Sequence;
        await _service.Project(Tenant);
        Key = await _service.Key(Scopes.Query, Tenant);
        Grpc = _service.Grpc(Key);
    }

    public async Task DisposeAsync()
    {
        Grpc.Dispose();
        await _service.DisposeAsync();
    }

    /// <summary>The JSON that REST answers.</summary>
    public Task<JsonElement> Rest(string path) => _service.Json($"/v1/tenants/{Tenant}/{path}", Key);
}
