using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CrmKpi.Gateway;
using CrmKpi.Hosting.Startup;
using CrmKpi.Ingestion;
using CrmKpi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrmKpi.Services.Tests;

/// <summary>A gateway and an ingestion service on loopback ports, over a database of their own.</summary>
public sealed class Installation : IAsyncDisposable
{
    /// <summary>A port where nobody listens.</summary>
    public const string Nowhere = "http://127.0.0.1:9";

    private static readonly Lazy<Task<Installation>> SharedStart = new(() => Start());

    private static int s_tenants;

    private Installation(
        TestDatabase database, WebApplication ingestion, WebApplication gateway, string adminKey, LogCapture logs)
    {
        Database = database;
        Ingestion = ingestion;
        Gateway = gateway;
        AdminKey = adminKey;
        Logs = logs;
        Admin = Client(adminKey);
    }

    public TestDatabase Database { get; }
    public WebApplication Ingestion { get; }
    public WebApplication Gateway { get; }

    /// <summary>The first admin key, as it was shown.</summary>
    public string AdminKey { get; }

    /// <summary>What both logged.</summary>
    public LogCapture Logs { get; }

    /// <summary>A client of the gateway with the admin key.</summary>
    public HttpClient Admin { get; }

    public static async Task<Installation> Start(
        Dictionary<string, string?>? ingestion = null, Dictionary<string, string?>? gateway = null,
        Action<WebApplicationBuilder>? configure = null)
    {
        var database = await TestDatabase.Create();
        var output = new StringWriter();
        var logs = new LogCapture();
        var service = IngestionHost.Build([], builder =>
        {
            Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = database.ConnectionString;
            builder.Configuration.AddInMemoryCollection(ingestion ?? []);
            builder.Services.AddSingleton(new FirstKeyOutput(output));
            builder.Logging.AddProvider(logs);
            configure?.Invoke(builder);
        });
        await service.StartAsync();
        var door = GatewayHost.Build([], builder =>
        {
            Listen(builder);
            builder.Configuration["Gateway:Ingestion"] = service.Urls.First();
            builder.Configuration["Gateway:Query"] = Nowhere;
            builder.Configuration["Gateway:Projections"] = Nowhere;
            builder.Configuration.AddInMemoryCollection(gateway ?? []);
            builder.Logging.AddProvider(logs);
        });
        await door.StartAsync();
        return new Installation(database, service, door, KeyIn(output.ToString()), logs);
    }

    /// <summary>One for all tests of the process that change no setting of it; each takes a tenant of its own.</summary>
    public static Task<Installation> Shared => SharedStart.Value;

    /// <summary>A free loopback port, and no logs on the console.</summary>
    public static void Listen(WebApplicationBuilder builder)
    {
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
    }

    /// <summary>The key in the block that the first start prints.</summary>
    public static string KeyIn(string output) =>
        output.Split('\n', StringSplitOptions.TrimEntries).Single(l => l.StartsWith("crmkpi_", StringComparison.Ordinal));

    /// <summary>A client of the gateway.</summary>
    public HttpClient Client(string? key = null) => Client(Gateway, key);

    /// <summary>A client of one service.</summary>
    public static HttpClient Client(WebApplication service, string? key = null)
    {
        var client = new HttpClient { BaseAddress = new Uri(service.Urls.First()), Timeout = TimeSpan.FromMinutes(5) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>An id that no other test uses.</summary>
    public static string NewTenantId() => $"tenant-{Interlocked.Increment(ref s_tenants)}";

    /// <summary>Registers a tenant and returns its id.</summary>
    public async Task<string> Tenant(string? id = null)
    {
        id ??= NewTenantId();
        using var answer = await Admin.PutAsJsonAsync($"/v1/tenants/{id}", new { name = id });
        answer.EnsureSuccessStatusCode();
        return id;
    }

    /// <summary>Makes a key and returns its text and id.</summary>
    public async Task<(string Text, string Id)> Key(string[] scopes, string[]? tenants = null, DateTimeOffset? expiresAt = null)
    {
        using var answer = await Admin.PostAsJsonAsync("/v1/keys", new { name = "test", scopes, tenants, expiresAt });
        var key = await answer.Json();
        return (key.GetProperty("key").GetString()!, key.GetProperty("id").GetString()!);
    }

    /// <summary>How many events the tenant's log holds.</summary>
    public Task<long> LogLength(string tenant, string stream = "%") => Database.Scalar<long>(
        "SELECT count(*) FROM events.mt_events WHERE tenant_id = $1 AND stream_id LIKE $2 AND stream_id <> 'tenant'",
        tenant, stream);

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Gateway.DisposeAsync();
        await Ingestion.DisposeAsync();
        await Database.DisposeAsync();
    }
}

/// <summary>Requests and answers of tests.</summary>
public static class HttpExtensions
{
    public const string One = "application/cloudevents+json";
    public const string Batch = "application/cloudevents-batch+json";
    public const string Lines = "application/x-ndjson";

    /// <summary>Posts to the events of a tenant.</summary>
    public static Task<HttpResponseMessage> PostEvents(
        this HttpClient client, string tenant, string body, string mediaType = Lines, string query = "") =>
        client.PostEvents(tenant, Encoding.UTF8.GetBytes(body), mediaType, query);

    public static Task<HttpResponseMessage> PostEvents(
        this HttpClient client, string tenant, byte[] body, string mediaType = Lines, string query = "")
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        return client.PostAsync($"/v1/tenants/{tenant}/events{query}", content);
    }

    public static Task<HttpResponseMessage> PostText(this HttpClient client, string path, string json) =>
        client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    public static Task<HttpResponseMessage> PutText(this HttpClient client, string path, string json) =>
        client.PutAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>The JSON of an answer.</summary>
    public static async Task<JsonElement> Json(this HttpResponseMessage answer)
    {
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <summary>Asserts that an answer is a problem of this status and code, whole in form, and returns it.</summary>
    public static async Task<JsonElement> Problem(this HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"expected {status}, got {(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal($"urn:crmkpi:problem:{code}", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        if (status is 429 or 503)
            Assert.NotNull(answer.Headers.RetryAfter);
        return problem;
    }

    /// <summary>Asserts the counts of an intake's answer and returns it.</summary>
    public static async Task<JsonElement> Tally(
        this HttpResponseMessage answer, long accepted, long duplicates = 0, long rejected = 0, int status = 200)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"expected {status}, got {(int)answer.StatusCode}: {text}");
        var tally = JsonDocument.Parse(text).RootElement;
        Assert.Equal(
            (accepted, duplicates, rejected),
            (tally.GetProperty("accepted").GetInt64(), tally.GetProperty("duplicates").GetInt64(),
                tally.GetProperty("rejectedCount").GetInt64()));
        Assert.Equal(Math.Min(rejected, 1_000), tally.GetProperty("rejected").GetArrayLength());
        return tally;
    }
}
