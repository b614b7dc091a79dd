using CrmKpi.Hosting.Grpc;
using CrmKpi.Testing.Grpc;
using Google.Protobuf;
using Grpc.Testing;
using Microsoft.AspNetCore.Builder;
using DuplexCall = CrmKpi.Testing.Grpc.GrpcDuplex<
    Grpc.Testing.StreamingOutputCallRequest, Grpc.Testing.StreamingOutputCallResponse>;
using InputCall = CrmKpi.Testing.Grpc.GrpcDuplex<
    Grpc.Testing.StreamingInputCallRequest, Grpc.Testing.StreamingInputCallResponse>;

namespace CrmKpi.Grpc.Tests.Calls;

/// <summary>What a test wants the methods of the test service to do.</summary>
internal sealed record Handlers
{
    public UnaryMethod<SimpleRequest, SimpleResponse> Unary { get; init; } = (_, _) => Task.FromResult(new SimpleResponse());

    public ServerStreamingMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> Output { get; init; } =
        (_, _, _) => Task.CompletedTask;

    public ClientStreamingMethod<StreamingInputCallRequest, StreamingInputCallResponse> Input { get; init; } =
        (_, _) => Task.FromResult(new StreamingInputCallResponse());

    public DuplexMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> Duplex { get; init; } =
        (_, _, _) => Task.CompletedTask;
}

/// <summary>A server whose handlers a test brings, and a client of it.</summary>
internal sealed class Probe : IAsyncDisposable
{
    public const string UnaryPath = "/grpc.testing.TestService/UnaryCall";
    public const string OutputPath = "/grpc.testing.TestService/StreamingOutputCall";
    public const string InputPath = "/grpc.testing.TestService/StreamingInputCall";
    public const string DuplexPath = "/grpc.testing.TestService/FullDuplexCall";

    private Probe(WebApplication server, ErrorLog errors) =>
        (Server, Errors, Client) = (server, errors, new GrpcClient(server.Http2()));

    public WebApplication Server { get; }

    public ErrorLog Errors { get; }

    public GrpcClient Client { get; }

    public static async Task<Probe> Start(
        Handlers handlers, GrpcLimits? limits = null, params IReadOnlyList<string> settings)
    {
        var errors = new ErrorLog();
        return new Probe(await Servers.Start(app => Map(app, handlers, limits), errors, settings), errors);
    }

    public Task<GrpcReply<SimpleResponse>> Unary(SimpleRequest? request = null, TimeSpan? timeout = null, CancellationToken ct = default) =>
        Client.Call<SimpleResponse>(UnaryPath, request ?? new SimpleRequest(), timeout: timeout, ct: ct);

    public DuplexCall Duplex(TimeSpan? timeout = null) =>
        Client.Open<StreamingOutputCallRequest, StreamingOutputCallResponse>(DuplexPath, timeout);

    public InputCall Input() => Client.Open<StreamingInputCallRequest, StreamingInputCallResponse>(InputPath);

    /// <summary>Calls a method that streams its answer.</summary>
    public async Task<DuplexCall> Output()
    {
        var call = Client.Open<StreamingOutputCallRequest, StreamingOutputCallResponse>(OutputPath);
        await call.Send(new StreamingOutputCallRequest());
        call.End();
        return call;
    }

    public static Payload Bytes(int count) => new() { Body = ByteString.CopyFrom(new byte[count]) };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }

    private static void Map(WebApplication app, Handlers handlers, GrpcLimits? limits) =>
        app.MapGrpcService(TestReflection.Descriptor.Services[0], service => service
                .Unary<SimpleRequest, SimpleResponse>("UnaryCall", handlers.Unary)
                .ServerStreaming<StreamingOutputCallRequest, StreamingOutputCallResponse>("StreamingOutputCall", handlers.Output)
                .ClientStreaming<StreamingInputCallRequest, StreamingInputCallResponse>("StreamingInputCall", handlers.Input)
                .Duplex<StreamingOutputCallRequest, StreamingOutputCallResponse>("FullDuplexCall", handlers.Duplex)
                .Unimplemented("EmptyCall")
                .Unimplemented("UnimplementedCall"), limits)
            .AllowAnonymous();
}

/// <summary>Waiting for what another task will do.</summary>
internal static class Eventually
{
    // A test that waits longer hangs.
    private static readonly TimeSpan Max = TimeSpan.FromMinutes(2);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Max);

    public static Task Soon(this Task task) => task.WaitAsync(Max);

    /// <summary>The task of a token that fires.</summary>
    public static async Task Fired(CancellationToken token) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
