using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using CrmKpi.Testing;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Fuzz;

/// <summary>
/// Spoilt frames of protobuf over HTTP/2 through the gateway, most of them with the length that they then have, so that the
/// message itself is read, and half with nothing spoilt but its texts, so that it is understood: none makes an error of ours, a call without an end, or memory beyond limits. CRMKPI_FUZZ_CALLS sets
/// their number.
/// </summary>
public sealed class CallFuzzTests(ITestOutputHelper output)
{
    private const int Workers = 8;
    private const int Ok = 0;
    private const int Unknown = 2;
    private const int InvalidArgument = 3;

    [Fact]
    public async Task Spoilt_frames_make_no_error_no_hang_and_no_growth()
    {
        var calls = Setting.Of("CRMKPI_FUZZ_CALLS", 5_000);
        var seed = Setting.Of("CRMKPI_FUZZ_SEED", Random.Shared.Next(1_000_000));
        output.WriteLine($"{calls} calls, CRMKPI_FUZZ_SEED={seed}");
        await using var stack = await ServiceStack.Start();
        var key = await FuzzTests.GivenTenant(stack);

        var statuses = new ConcurrentDictionary<int, int>();
        var corpus = CallCorpus.Calls(FuzzTests.Tenant);
        using var http = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
        {
            BaseAddress = new Uri(stack.GrpcUrl),
            Timeout = FuzzTests.AnswerWithin,
        };
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var (random, mutator) = (new Random(seed + worker), new Mutator(seed + worker));
            for (var i = worker; i < calls; i += Workers)
            {
                var call = corpus[random.Next(corpus.Count)];
                var body = Spoil(call.Body, mutator, random);
                var (status, _) = await Call(http, key, call.Path, body);
                statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
                Assert.True(
                    status != Unknown, $"seed {seed + worker}, call {i} of {call.Path}: {Convert.ToHexString(body)}\n"
                    + string.Join('\n', stack.Services.SelectMany(s => s.Errors)));
            }
        })));

        output.WriteLine(string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value}")));
        Assert.Equal(calls, statuses.Values.Sum());
        Assert.True(statuses.ContainsKey(Ok) && statuses.ContainsKey(InvalidArgument), "whole kinds of answers are missing");
        FuzzTests.AssertSound(stack, output);
        foreach (var call in corpus.Where(c => !c.Path.EndsWith("Watch", StringComparison.Ordinal)))
            Assert.Equal((Ok, ""), await Call(http, key, call.Path, call.Body));
    }

    private static byte[] Spoil(byte[] body, Mutator mutator, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                return mutator.SpoilBytes(body);
            case 1:
                var message = mutator.SpoilBytes(body[5..]);
                var length = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(length, message.Length);
                return [0, .. length, .. message];
            default:
                var texts = body.ToArray();
                for (var times = 1 + random.Next(3); times > 0; times--)
                {
                    var at = random.Next(5, texts.Length);
                    if (texts[at] is >= (byte)' ' and < 0x7f)
                        texts[at] = (byte)random.Next(0x80);
                }
                return texts;
        }
    }

    private static async Task<(int Status, string Message)> Call(HttpClient http, string key, string path, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        // A stream without an end gets one.
        request.Headers.Add("grpc-timeout", path.EndsWith("Watch", StringComparison.Ordinal) ? "100m" : "20S");
        request.Headers.Add("X-Api-Key", key);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsByteArrayAsync();
        string? Value(string name) => response.TrailingHeaders.TryGetValues(name, out var values)
            || response.Headers.TryGetValues(name, out values) ? values.Single() : null;
        return Value("grpc-status") is { } status
            ? (int.Parse(status, null), Value("grpc-message") ?? "")
            : throw new InvalidDataException($"{path}: a call without a status to {Convert.ToHexString(body)}");
    }
}
