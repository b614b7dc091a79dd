using System.Net;
using System.Net.Http.Headers;
using CrmKpi.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Canary;

/// <summary>The same over gRPC: every method of the contract, found by its descriptors.</summary>
[Collection(CanaryCollection.Name)]
public sealed class GrpcCanaryTests(CanaryFixture world, ITestOutputHelper output)
{
    private const int NotFound = 5;
    private const int PermissionDenied = 7;
    private const int Unauthenticated = 16;

    private static readonly IReadOnlyList<(MethodDescriptor Method, string Scope)> Methods =
    [
        .. EventIngestionReflection.Descriptor.Services.SelectMany(s => s.Methods).Select(m => (m, "ingest")),
        .. KpiQueryReflection.Descriptor.Services.SelectMany(s => s.Methods)
            .Select(m => (m, m.Name == "ListCatalogue" ? "any" : "query")),
    ];

    [Fact]
    public async Task Only_the_allowed_are_answered_and_the_rest_cannot_tell_what_exists()
    {
        Assert.True(Methods.Count >= 7, "methods are missing");
        var calls = 0;
        using var http = new HttpClient { BaseAddress = world.Stack.Grpc, Timeout = TimeSpan.FromMinutes(1) };
        foreach (var credential in world.Credentials)
            foreach (var (method, scope) in Methods)
            {
                var missing = await Call(http, (method, scope), credential, World.Nobody);
                foreach (var tenant in World.Tenants)
                {
                    calls++;
                    var answer = await Call(http, (method, scope), credential, tenant);
                    var what = $"{method.FullName} of {tenant} by {credential.Name}: {answer}";
                    foreach (var other in World.Tenants.Except(credential.Tenants))
                        Assert.False(answer.Body.Contains(World.Canary(other), StringComparison.OrdinalIgnoreCase), what);
                    if (!credential.IsValid)
                        Assert.True(answer.Status == Unauthenticated && answer == missing, what);
                    else if (!credential.Holds(scope))
                        Assert.True(answer.Status == PermissionDenied && answer == missing, what);
                    else if (!credential.Tenants.Contains(tenant))
                        Assert.True(answer.Status == NotFound && answer == missing, what);
                    else
                        Assert.True(answer.Status is not (Unauthenticated or PermissionDenied or NotFound), what);
                }
            }
        output.WriteLine($"{Methods.Count} methods, {world.Credentials.Count} credentials, {calls} calls");
    }

    private static async Task<Answer> Call(
        HttpClient http, (MethodDescriptor, string) operation, Credential credential, string tenant)
    {
        var (method, scope) = operation;
        var isLetIn = credential.IsValid && credential.Holds(scope) && credential.Tenants.Contains(tenant);
        var message = method.InputType.Parser.ParseJson($$"""{"tenant":"{{tenant}}"}""").ToByteArray();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/{method.Service.FullName}/{method.Name}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, (byte)message.Length, .. message]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        // A stream without an end gets one; a refusal has time enough on a busy machine.
        request.Headers.Add("grpc-timeout", isLetIn && method.IsServerStreaming ? "2S" : "50S");
        credential.AddTo(request.Headers);
        using var response = await http.SendAsync(request);
        var body = System.Text.Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync());
        string Value(string name) => response.TrailingHeaders.TryGetValues(name, out var values)
            || response.Headers.TryGetValues(name, out values) ? values.Single() : "";
        return new Answer(int.Parse(Value("grpc-status"), null), Value("grpc-message"), body);
    }

    private sealed record Answer(int Status, string Message, string Body);
}
