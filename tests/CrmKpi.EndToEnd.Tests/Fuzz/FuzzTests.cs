using System.Collections.Concurrent;
using System.Net.Http.Json;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Fuzz;

/// <summary>
/// Spoilt requests on all services, each a process of its own: no error of ours (500, or a line of it in a log), no request without an end,
/// no memory beyond limits, and a right request is answered afterwards as before. CRMKPI_FUZZ_REQUESTS sets their number,
/// CRMKPI_FUZZ_SEED what is done to them.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    internal const string Tenant = "fuzz";
    private const int Connections = 8;
    private const long MemoryBytesMax = 512L * 1024 * 1024;
    internal static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Spoilt_requests_make_no_error_no_hang_and_no_growth()
    {
        var requests = Setting.Of("CRMKPI_FUZZ_REQUESTS", 20_000);
        var seed = Setting.Of("CRMKPI_FUZZ_SEED", Random.Shared.Next(1_000_000));
        output.WriteLine($"{requests} requests, CRMKPI_FUZZ_SEED={seed}");
        await using var stack = await ServiceStack.Start();
        var key = await GivenTenant(stack);

        var statuses = new ConcurrentDictionary<int, int>();
        var corpus = Corpus.Requests(Tenant, key);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(worker => Task.Run(async () =>
        {
            var mutator = new Mutator(seed + worker);
            using var connection = new RawConnection(new Uri(stack.Gateway.Url));
            for (var i = worker; i < requests; i += Connections)
            {
                var request = mutator.Next(corpus);
                var answer = await Send(connection, request);
                statuses.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
                Assert.True(
                    answer.Status is not (500 or 502 or 504), $"seed {seed + worker}, request {i}: {answer.Status} to\n"
                    + $"{System.Text.Encoding.Latin1.GetString(request.ToBytes())}\n{answer.Head}{answer.Body}\n"
                    + string.Join('\n', stack.Services.SelectMany(s => s.Errors)));
            }
        })));

        output.WriteLine(string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value}")));
        Assert.Equal(requests, statuses.Values.Sum());
        AssertSound(stack, output);
        // Most requests must have been understood and refused: a fuzz that only meets the first check finds nothing.
        Assert.Empty(new[] { 200, 400, 404, 415, 422 }.Except(statuses.Keys));
        using var client = stack.Client(key);
        using var after = await client.GetAsync($"/v1/tenants/{Tenant}/kpis?kpi=leads_created&from=2023-12-01&to=2026-12-01");
        Assert.True(after.IsSuccessStatusCode, await after.Content.ReadAsStringAsync());
    }

    private static async Task<RawAnswer> Send(RawConnection connection, RawRequest request)
    {
        using var limit = new CancellationTokenSource(AnswerWithin);
        try
        {
            return await connection.Send(request.ToBytes(), request.Method == "HEAD", request.IsCutShort, limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"No answer within {AnswerWithin} to\n{System.Text.Encoding.Latin1.GetString(request.ToBytes())}");
            throw;
        }
    }

    /// <summary>No service has logged an error or held more memory than it may.</summary>
    internal static void AssertSound(ServiceStack stack, ITestOutputHelper output)
    {
        foreach (var service in stack.Services)
        {
            output.WriteLine($"{service.Name}: {service.PeakMemoryBytes / 1024 / 1024} MiB at most");
            Assert.Empty(service.Errors);
            Assert.InRange(service.PeakMemoryBytes, 1, MemoryBytesMax);
        }
    }

    internal static async Task<string> GivenTenant(ServiceStack stack)
    {
        await using var database = new Database(stack.Postgres.ConnectionString);
        var keys = new KeyStore(database);
        var (_, admin) = await keys.Create(
            "fuzz", TenantStore.DefaultAgency, Scopes.Ingest | Scopes.Query | Scopes.Admin, null, null);
        using var client = stack.Client(admin);
        (await client.PutAsJsonAsync($"/v1/tenants/{Tenant}", new { name = Tenant })).EnsureSuccessStatusCode();
        using var content = new ByteArrayContent(SampleHistory.ToNdjson(SampleHistory.Events(2_000, seed: 1)));
        content.Headers.ContentType = new("application/x-ndjson");
        (await client.PostAsync($"/v1/tenants/{Tenant}/events", content)).EnsureSuccessStatusCode();
        return admin;
    }
}
