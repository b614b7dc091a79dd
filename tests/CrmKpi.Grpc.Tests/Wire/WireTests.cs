using System.Buffers.Binary;
using System.Net;
using CrmKpi.Grpc.Tests.Interop;
using CrmKpi.Hosting.Grpc;
using Google.Protobuf;
using Grpc.Testing;

namespace CrmKpi.Grpc.Tests.Wire;

/// <summary>What the server makes of bytes and headers that no proper client sends.</summary>
public sealed class WireTests(InteropHost host) : IClassFixture<InteropHost>, IDisposable
{
    private const string Unary = "/grpc.testing.TestService/UnaryCall";
    private const string Empty = "/grpc.testing.TestService/EmptyCall";
    private const string Output = "/grpc.testing.TestService/StreamingOutputCall";
    private const string Input = "/grpc.testing.TestService/StreamingInputCall";

    private readonly RawCall _call = new(host.Direct);

    public void Dispose() => _call.Dispose();

    [Fact]
    public async Task A_call_ends_with_its_status_in_the_trailers()
    {
        var result = await _call.Send(Unary, RawCall.Frame(new SimpleRequest { ResponseSize = 3 }));
        Assert.Equal(HttpStatusCode.OK, result.Response.StatusCode);
        Assert.Equal("application/grpc", result.Response.Content.Headers.ContentType?.ToString());
        Assert.Equal((int)StatusCode.OK, result.Status);
        Assert.Equal(["identity,gzip"], result.Response.Headers.GetValues("grpc-accept-encoding"));
        var payload = SimpleResponse.Parser.ParseFrom(result.Body.AsSpan(5)).Payload;
        Assert.Equal(3, payload.Body.Length);
    }

    [Theory]
    [InlineData("application/grpc+proto", true)]
    [InlineData("application/grpc; charset=utf-8", true)]
    [InlineData("APPLICATION/GRPC", true)]
    [InlineData("application/grpc+json", false)]
    [InlineData("application/json", false)]
    [InlineData("application/grpc-web", false)]
    public async Task Only_grpc_is_spoken(string contentType, bool taken)
    {
        var result = await _call.Send(Empty, RawCall.Frame([]), contentType);
        Assert.Equal(taken ? HttpStatusCode.OK : HttpStatusCode.UnsupportedMediaType, result.Response.StatusCode);
        Assert.Equal(taken ? (int)StatusCode.OK : null, result.Status);
    }

    [Fact]
    public async Task Http_1_is_told_to_upgrade()
    {
        using var http = new HttpClient { BaseAddress = host.Http1 };
        using var content = new ByteArrayContent(RawCall.Frame([]));
        content.Headers.ContentType = new("application/grpc");
        using var response = await http.PostAsync(Empty, content);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("", StatusCode.Unimplemented)]
    [InlineData("00", StatusCode.Internal)]
    [InlineData("0000000005", StatusCode.Internal)]
    [InlineData("000000000501", StatusCode.Internal)]
    [InlineData("0200000000", StatusCode.Internal)]
    [InlineData("FF00000000", StatusCode.Internal)]
    [InlineData("0100000000", StatusCode.Internal)]
    [InlineData("0000000001FF", StatusCode.Internal)]
    [InlineData("00000000000000000000", StatusCode.Unimplemented)]
    [InlineData("00FFFFFFFF", StatusCode.ResourceExhausted)]
    public async Task Broken_frames_end_the_call(string hex, StatusCode expected)
    {
        var result = await _call.Send(Unary, Convert.FromHexString(hex));
        Assert.Equal((int)expected, result.Status);
        Assert.NotEmpty(result.Message!);
        Assert.Empty(result.Body);
    }

    [Fact]
    public async Task A_message_above_the_limit_is_refused_by_its_length()
    {
        var result = await _call.Send(Unary, RawCall.Frame(new byte[4 * 1024 * 1024 + 1]));
        Assert.Equal((int)StatusCode.ResourceExhausted, result.Status);
        Assert.Contains("4194304", result.Message);
    }

    [Fact]
    public async Task A_message_that_grows_above_the_limit_when_unpacked_is_refused()
    {
        var bomb = RawCall.Frame(RawCall.Gzip(new byte[64 * 1024 * 1024]), flag: 1);
        var result = await _call.Send(Unary, bomb, headers: ("grpc-encoding", "gzip"));
        Assert.Equal((int)StatusCode.ResourceExhausted, result.Status);
    }

    [Fact]
    public async Task Gzip_is_read_and_must_be_whole()
    {
        var message = RawCall.Gzip(new SimpleRequest { ResponseSize = 1 }.ToByteArray());
        var whole = await _call.Send(Unary, RawCall.Frame(message, flag: 1), headers: ("grpc-encoding", "gzip"));
        Assert.Equal((int)StatusCode.OK, whole.Status);
        var cut = await _call.Send(Unary, RawCall.Frame(message[..^6], flag: 1), headers: ("grpc-encoding", "gzip"));
        Assert.Equal((int)StatusCode.Internal, cut.Status);
        var none = await _call.Send(Unary, RawCall.Frame([1, 2, 3, 4, 5], flag: 1), headers: ("grpc-encoding", "gzip"));
        Assert.Equal((int)StatusCode.Internal, none.Status);
    }

    [Fact]
    public async Task An_unknown_encoding_is_refused_with_those_that_are_known()
    {
        var result = await _call.Send(Unary, RawCall.Frame([]), headers: ("grpc-encoding", "snappy"));
        Assert.Equal((int)StatusCode.Unimplemented, result.Status);
        Assert.Equal(["identity,gzip"], result.Response.Headers.GetValues("grpc-accept-encoding"));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Answers_are_compressed_when_asked_for_and_taken(bool accepts, byte flag)
    {
        var request = new SimpleRequest { ResponseSize = 50_000, ResponseCompressed = new BoolValue { Value = true } };
        var result = await _call.Send(
            Unary, RawCall.Frame(request), headers: accepts ? [("grpc-accept-encoding", "identity, gzip")] : []);
        Assert.Equal((int)StatusCode.OK, result.Status);
        Assert.Equal(flag, result.Body[0]);
        Assert.Equal(accepts ? "gzip" : null, result.Value("grpc-encoding"));
    }

    [Fact]
    public async Task Each_message_of_a_stream_may_be_compressed_or_not()
    {
        static ResponseParameters Wanted(int size, bool compressed) =>
            new() { Size = size, Compressed = new BoolValue { Value = compressed } };
        var request = new StreamingOutputCallRequest { ResponseParameters = { Wanted(31_415, true), Wanted(92_653, false) } };
        var result = await _call.Send(Output, RawCall.Frame(request), headers: ("grpc-accept-encoding", "gzip"));
        Assert.Equal((int)StatusCode.OK, result.Status);
        var first = (int)BinaryPrimitives.ReadUInt32BigEndian(result.Body.AsSpan(1));
        Assert.Equal((1, 0), (result.Body[0], result.Body[5 + first]));
        Assert.True(first < 31_415);
        Assert.True(BinaryPrimitives.ReadUInt32BigEndian(result.Body.AsSpan(5 + first + 1)) > 92_653);

        static StreamingInputCallRequest Sent(int size, bool compressed) => new()
        {
            Payload = new Payload { Body = ByteString.CopyFrom(new byte[size]) },
            ExpectCompressed = new BoolValue { Value = compressed },
        };
        var sum = await _call.Send(Input,
            [
                .. RawCall.Frame(RawCall.Gzip(Sent(27_182, true).ToByteArray()), flag: 1),
                .. RawCall.Frame(Sent(45_904, false)),
            ],
            headers: ("grpc-encoding", "gzip"));
        Assert.Equal(73_086, StreamingInputCallResponse.Parser.ParseFrom(sum.Body.AsSpan(5)).AggregatedPayloadSize);
        var probe = await _call.Send(Input, RawCall.Frame(Sent(27_182, true)), headers: ("grpc-encoding", "gzip"));
        Assert.Equal((int)StatusCode.InvalidArgument, probe.Status);
    }

    [Fact]
    public async Task Only_post_is_a_call()
    {
        using var http = new HttpClient { BaseAddress = host.Direct };
        using var request = new HttpRequestMessage(HttpMethod.Get, Empty)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_call_without_te_is_taken()
    {
        // Some proxies drop it and pass trailers on nevertheless.
        var result = await _call.Send(Empty, RawCall.Frame([]), te: null);
        Assert.Equal((int)StatusCode.OK, result.Status);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("S")]
    [InlineData("-1S")]
    [InlineData("1.5S")]
    [InlineData("123456789S")]
    [InlineData("1x")]
    [InlineData(" 1S")]
    public async Task A_timeout_that_is_none_is_refused(string timeout)
    {
        var result = await _call.Send(Empty, RawCall.Frame([]), headers: ("grpc-timeout", timeout));
        Assert.Equal((int)StatusCode.Internal, result.Status);
        Assert.Contains("grpc-timeout", result.Message);
    }

    [Theory]
    [InlineData("99999999H")]
    [InlineData("10M")]
    [InlineData("60S")]
    [InlineData("60000m")]
    [InlineData("60000000u")]
    [InlineData("")]
    public async Task Every_unit_of_a_timeout_is_read(string timeout)
    {
        var result = await _call.Send(Empty, RawCall.Frame([]), headers: ("grpc-timeout", timeout));
        Assert.Equal((int)StatusCode.OK, result.Status);
    }

    [Theory]
    [InlineData("0S")]
    [InlineData("1n")]
    public async Task A_deadline_that_has_passed_ends_the_call(string timeout)
    {
        var result = await _call.Send(Empty, RawCall.Frame([]), headers: ("grpc-timeout", timeout));
        Assert.Equal((int)StatusCode.DeadlineExceeded, result.Status);
    }

    [Theory]
    [InlineData("q6ur")]
    [InlineData("q6s=")]
    [InlineData("q6s")]
    public async Task Binary_metadata_comes_with_padding_and_without(string base64)
    {
        var result = await _call.Send(Empty, RawCall.Frame([]), headers: ("x-grpc-test-echo-trailing-bin", base64));
        Assert.Equal((int)StatusCode.OK, result.Status);
        Assert.Equal(base64.TrimEnd('='), result.Value("x-grpc-test-echo-trailing-bin"));
    }

    [Fact]
    public async Task Binary_metadata_that_is_not_base64_is_refused()
    {
        var result = await _call.Send(Empty, RawCall.Frame([]), headers: ("x-any-bin", "***"));
        Assert.Equal((int)StatusCode.Internal, result.Status);
    }

    [Fact]
    public async Task A_stream_may_be_broken_after_good_messages()
    {
        var good = RawCall.Frame(new StreamingInputCallRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[9]) } });
        var result = await _call.Send(Input, [.. good, .. good, 0, 0, 0]);
        Assert.Equal((int)StatusCode.Internal, result.Status);
        Assert.Equal((int)StatusCode.OK, (await _call.Send(Input, [.. good, .. good])).Status);
    }

    [Theory]
    [InlineData("/grpc.testing.TestService/NoSuchMethod")]
    [InlineData("/no.such.Service/Method")]
    [InlineData("/grpc.testing.TestService/UnimplementedCall")]
    public async Task What_is_not_there_is_unimplemented(string method)
    {
        var result = await _call.Send(method, RawCall.Frame([]));
        Assert.Equal(HttpStatusCode.OK, result.Response.StatusCode);
        Assert.Equal((int)StatusCode.Unimplemented, result.Status);
    }

    [Fact]
    public async Task None_of_it_is_an_error_of_ours()
    {
        foreach (var hex in new[] { "", "00", "0200000000", "0100000000", "0000000001FF", "00FFFFFFFF" })
            await _call.Send(Unary, Convert.FromHexString(hex), headers: ("x-any-bin", "*"));
        Assert.Empty(host.Errors.All);
    }
}
