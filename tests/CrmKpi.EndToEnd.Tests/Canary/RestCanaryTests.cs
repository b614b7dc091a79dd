using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Canary;

/// <summary>
/// Promise 3: every operation of the API's own description is called with every credential for every tenant. Who may is answered;
/// everybody else gets the same 401, 404 or 403, whatever exists; nobody's answer holds a word of a tenant that they may not see.
/// </summary>
[Collection(CanaryCollection.Name)]
public sealed partial class RestCanaryTests(CanaryFixture world, ITestOutputHelper output)
{
    private static readonly TimeSpan StreamRead = TimeSpan.FromSeconds(2);

    private int _calls;

    [Fact]
    public async Task Only_the_allowed_are_answered_and_the_rest_cannot_tell_what_exists()
    {
        var operations = Operation.Of(await world.OpenApi());
        Assert.True(operations.Count > 30, "the description is not whole");
        foreach (var credential in world.Credentials)
        {
            using var client = World.Client(world.Stack.Gateway, credential);
            foreach (var operation in operations.Where(o => o.Scope != "none"))
                await Call(client, credential, operation);
        }
        output.WriteLine($"{operations.Count} operations, {world.Credentials.Count} credentials, {_calls} calls");
    }

    /// <summary>For people to look at: a tenant of another agency and one that does not exist take the same way.</summary>
    [Fact]
    public async Task A_foreign_tenant_costs_what_a_missing_one_costs()
    {
        var stranger = world.Credentials.Single(c => c.Name == "south");
        using var client = World.Client(world.Stack.Gateway, stranger);
        var medians = new Dictionary<string, double>();
        foreach (var tenant in new[] { "north-1", World.Nobody })
        {
            var times = new List<double>();
            for (var i = 0; i < 200; i++)
            {
                var start = Stopwatch.GetTimestamp();
                using var answer = await client.GetAsync($"/v1/tenants/{tenant}/kpis?kpi=revenue");
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            }
            medians[tenant] = times.Order().ElementAt(times.Count / 2);
        }
        output.WriteLine(string.Join(", ", medians.Select(m => $"{m.Key}: median {m.Value:0.00} ms")));
    }

    private async Task Call(HttpClient client, Credential credential, Operation operation)
    {
        // What nobody's tenant is answered with is what others' tenants must be answered with.
        var makesIt = operation.Method == "PUT" && credential.Holds(operation.Scope);
        var missing = operation.HasTenant && !makesIt ? await Send(client, operation, World.Nobody) : null;
        foreach (var tenant in operation.HasTenant ? World.Tenants : [World.Tenants[0]])
            Judge(credential, operation, tenant, await Send(client, operation, tenant), missing);
    }

    private static void Judge(Credential credential, Operation operation, string tenant, Answer answer, Answer? missing)
    {
        var what = $"{operation} of {tenant} by {credential.Name}: {answer.Status} {answer.Body}";
        foreach (var other in World.Tenants.Except(credential.Tenants))
            Assert.False(answer.Body.Contains(World.Canary(other), StringComparison.OrdinalIgnoreCase), what);
        if (!credential.IsValid)
            Assert.True(answer.Status == 401 && answer.Body == (missing ?? answer).Body, what);
        else if (operation.HasTenant && operation.Scope == "operator" && credential.Holds("operator"))
            // Operators may ask it of every tenant, and are told of none by asking nothing.
            Assert.True(answer.Status is 400 or 404 && answer.Code != "tenant_not_found" && answer.Body == missing!.Body, what);
        else if (operation.HasTenant && !credential.Tenants.Contains(tenant))
            Assert.True(
                (answer.Status == 404 && answer.Code == "tenant_not_found"
                    || answer.Status == 403 && answer.Code == "missing_scope" && !credential.Holds(operation.Scope))
                && answer.Body == (missing ?? answer).Body, what);
        else if (operation.HasAgency && !credential.Knows(World.North))
            Assert.True(answer.Status == 404 && answer.Code == "agency_not_found", what);
        else if (!credential.Holds(operation.Scope))
            Assert.True(answer.Status == 403, what);
        else if (credential.IsBound && answer.Code == "agency_key_required")
            Assert.Equal(403, answer.Status);
        else
            // What an agency has made is not for operators, who may know of it.
            Assert.True(
                answer.Status is not (401 or 403) && answer.Code is not "tenant_not_found"
                && (answer.Code is not "agency_not_found" || !credential.IsOf(World.North)), what);
        Assert.True(answer.Status < 500, what);
    }

    private async Task<Answer> Send(HttpClient client, Operation operation, string tenant)
    {
        _calls++;
        using var request = operation.Request(tenant, World.North);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? await Beginning(response)
            : await response.Content.ReadAsStringAsync();
        // The same request never has the same id twice.
        return new Answer((int)response.StatusCode, Ids().Replace(body, ""));
    }

    private static async Task<string> Beginning(HttpResponseMessage response)
    {
        using var limit = new CancellationTokenSource(StreamRead);
        var bytes = new byte[16 * 1024];
        try
        {
            var count = await (await response.Content.ReadAsStreamAsync(limit.Token)).ReadAsync(bytes, limit.Token);
            return System.Text.Encoding.UTF8.GetString(bytes, 0, count);
        }
        catch (OperationCanceledException)
        {
            return "";
        }
    }

    [GeneratedRegex("\"(traceId|requestId|instance)\":\"[^\"]*\"")]
    private static partial Regex Ids();

    private sealed record Answer(int Status, string Body)
    {
        public string? Code
        {
            get
            {
                if (Status < 400)
                    return null;
                using var problem = JsonDocument.Parse(Body);
                return problem.RootElement.GetProperty("code").GetString();
            }
        }
    }
}
