using CrmKpi.Hosting.Grpc;
using Google.Protobuf;
using Grpc.Testing;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Grpc.Tests.Interop;

/// <summary>The service of the gRPC interoperability tests, as its public description says, mapped by the library under test.</summary>
internal static class TestService
{
    private const string EchoInitial = "x-grpc-test-echo-initial";
    private const string EchoTrailing = "x-grpc-test-echo-trailing-bin";

    public static void MapTestService(this WebApplication app) =>
        app.MapGrpcService(TestReflection.Descriptor.Services[0], service => service
                .Unary<Empty, Empty>("EmptyCall", async (_, call) =>
                {
                    await EchoMetadata(call);
                    return new Empty();
                })
                .Unary<SimpleRequest, SimpleResponse>("UnaryCall", Unary)
                .ServerStreaming<StreamingOutputCallRequest, StreamingOutputCallResponse>("StreamingOutputCall", Send)
                .ClientStreaming<StreamingInputCallRequest, StreamingInputCallResponse>("StreamingInputCall", Receive)
                .Duplex<StreamingOutputCallRequest, StreamingOutputCallResponse>("FullDuplexCall", PingPong)
                .Unimplemented("UnimplementedCall"))
            .AllowAnonymous();

    private static async Task<SimpleResponse> Unary(SimpleRequest request, ServerCall call)
    {
        await EchoMetadata(call);
        CheckCompression(request.ExpectCompressed, call);
        ThrowIfAsked(request.ResponseStatus);
        call.CompressResponse = request.ResponseCompressed?.Value ?? false;
        return new SimpleResponse { Payload = Zeros(request.ResponseSize) };
    }

    private static async Task Send(
        StreamingOutputCallRequest request, StreamWriter<StreamingOutputCallResponse> responses, ServerCall call)
    {
        foreach (var wanted in request.ResponseParameters)
        {
            if (wanted.IntervalUs > 0)
                await Task.Delay(TimeSpan.FromMicroseconds(wanted.IntervalUs), call.CancellationToken);
            call.CompressResponse = wanted.Compressed?.Value ?? false;
            await responses.WriteAsync(new StreamingOutputCallResponse { Payload = Zeros(wanted.Size) });
        }
        ThrowIfAsked(request.ResponseStatus);
    }

    private static async Task<StreamingInputCallResponse> Receive(StreamReader<StreamingInputCallRequest> requests, ServerCall call)
    {
        var size = 0;
        await foreach (var request in requests)
        {
            CheckCompression(request.ExpectCompressed, call);
            size += request.Payload.Body.Length;
        }
        return new StreamingInputCallResponse { AggregatedPayloadSize = size };
    }

    private static async Task PingPong(
        StreamReader<StreamingOutputCallRequest> requests, StreamWriter<StreamingOutputCallResponse> responses, ServerCall call)
    {
        await EchoMetadata(call);
        await foreach (var request in requests)
            await Send(request, responses, call);
    }

    private static async Task EchoMetadata(ServerCall call)
    {
        if (call.RequestHeaders.GetBytes(EchoTrailing) is { } bytes)
            call.ResponseTrailers.Add(EchoTrailing, bytes);
        if (call.RequestHeaders.GetText(EchoInitial) is not { } text)
            return;
        var headers = new Metadata();
        headers.Add(EchoInitial, text);
        await call.WriteResponseHeaders(headers);
    }

    private static void CheckCompression(BoolValue? expected, ServerCall call)
    {
        if (expected is not null && expected.Value != call.RequestWasCompressed)
            throw new RpcException(new Status(StatusCode.InvalidArgument, "The message is compressed otherwise than it says."));
    }

    private static void ThrowIfAsked(EchoStatus? status)
    {
        if (status is { Code: not 0 })
            throw new RpcException(new Status((StatusCode)status.Code, status.Message));
    }

    private static Payload Zeros(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };
}
