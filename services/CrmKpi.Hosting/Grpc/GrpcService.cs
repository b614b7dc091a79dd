using CrmKpi.Hosting.Server;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace CrmKpi.Hosting.Grpc;

/// <summary>Maps the services of <c>.proto</c> files.</summary>
public static class GrpcServiceExtensions
{
    /// <summary>
    /// Maps a service: an endpoint <c>POST /package.Service/Method</c> for each method, with its
    /// <see cref="MethodDescriptor"/> as metadata. The builder returned speaks for all of them (<c>RequireScope</c>).
    /// </summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="service">Its descriptor.</param>
    /// <param name="methods">Gives every method of it a handler, or says that it has none.</param>
    /// <param name="limits">Of its messages; null = the defaults.</param>
    /// <exception cref="InvalidOperationException">A method is left out, named twice or wrongly, or of other messages.</exception>
    public static IEndpointConventionBuilder MapGrpcService(
        this IEndpointRouteBuilder endpoints, ServiceDescriptor service, Action<GrpcServiceBuilder> methods, GrpcLimits? limits = null)
    {
        var builder = new GrpcServiceBuilder(service);
        methods(builder);
        var environment = EnvironmentOf(endpoints.ServiceProvider);
        var group = endpoints.MapGroup("");
        foreach (var (method, handler) in builder.Build())
            group.MapPost($"/{service.FullName}/{method.Name}", new CallPipeline(method, limits ?? new GrpcLimits(), handler, environment).Handle)
                .WithMetadata(method)
                .WithDisplayName($"gRPC {method.FullName}");
        return group;
    }

    private static CallEnvironment EnvironmentOf(IServiceProvider services) => new(
        TimeSpan.FromSeconds(services.GetRequiredService<IOptions<ServerOptions>>().Value.StreamIdleSecondsMax),
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILoggerFactory>().CreateLogger("CrmKpi.Hosting.Grpc"));
}

/// <summary>The methods of a service, each by its name in the <c>.proto</c> file.</summary>
public sealed class GrpcServiceBuilder
{
    private readonly ServiceDescriptor _service;
    private readonly Dictionary<MethodDescriptor, MethodHandler?> _handlers = [];

    internal GrpcServiceBuilder(ServiceDescriptor service) => _service = service;

    /// <summary>One message in, one out.</summary>
    public GrpcServiceBuilder Unary<TRequest, TResponse>(string name, UnaryMethod<TRequest, TResponse> method)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Add<TRequest, TResponse>(name, clientStreams: false, serverStreams: false, async (call, requests, responses) =>
            // Not flushed: message and status go out together.
            await responses.Write(await method(await requests.ReadOnly<TRequest>(), call), flush: false, CancellationToken.None));

    /// <summary>One message in, a stream out.</summary>
    public GrpcServiceBuilder ServerStreaming<TRequest, TResponse>(string name, ServerStreamingMethod<TRequest, TResponse> method)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Add<TRequest, TResponse>(name, clientStreams: false, serverStreams: true, async (call, requests, responses) =>
            await method(await requests.ReadOnly<TRequest>(), new StreamWriter<TResponse>(responses), call));

    /// <summary>A stream in, one message out.</summary>
    public GrpcServiceBuilder ClientStreaming<TRequest, TResponse>(string name, ClientStreamingMethod<TRequest, TResponse> method)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Add<TRequest, TResponse>(name, clientStreams: true, serverStreams: false, async (call, requests, responses) =>
            await responses.Write(await method(new StreamReader<TRequest>(requests), call), flush: false, CancellationToken.None));

    /// <summary>A stream in and a stream out.</summary>
    public GrpcServiceBuilder Duplex<TRequest, TResponse>(string name, DuplexMethod<TRequest, TResponse> method)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Add<TRequest, TResponse>(name, clientStreams: true, serverStreams: true, (call, requests, responses) =>
            method(new StreamReader<TRequest>(requests), new StreamWriter<TResponse>(responses), call));

    /// <summary>A method that has no handler on purpose: UNIMPLEMENTED, like one that is not there.</summary>
    public GrpcServiceBuilder Unimplemented(string name) => Add(Find(name), null);

    internal IEnumerable<(MethodDescriptor Method, MethodHandler Handler)> Build()
    {
        var missing = _service.Methods.Where(m => !_handlers.ContainsKey(m)).Select(m => m.Name).ToList();
        if (missing.Count > 0)
            throw new InvalidOperationException(
                $"{_service.FullName} has methods without a handler: {string.Join(", ", missing)}. Map them, or say Unimplemented.");
        foreach (var (method, handler) in _handlers)
            if (handler is not null)
                yield return (method, handler);
    }

    private GrpcServiceBuilder Add<TRequest, TResponse>(string name, bool clientStreams, bool serverStreams, MethodHandler handler)
        where TRequest : IMessage<TRequest>, new()
        where TResponse : IMessage<TResponse>, new()
    {
        var method = Find(name);
        if (method.IsClientStreaming != clientStreams || method.IsServerStreaming != serverStreams)
            throw new InvalidOperationException($"{method.FullName} streams otherwise than it is mapped.");
        if (method.InputType != new TRequest().Descriptor || method.OutputType != new TResponse().Descriptor)
            throw new InvalidOperationException(
                $"{method.FullName} takes {method.InputType.FullName} and answers {method.OutputType.FullName}; " +
                $"it is mapped with {typeof(TRequest).Name} and {typeof(TResponse).Name}.");
        return Add(method, handler);
    }

    private GrpcServiceBuilder Add(MethodDescriptor method, MethodHandler? handler) => _handlers.TryAdd(method, handler)
        ? this
        : throw new InvalidOperationException($"{method.FullName} is mapped twice.");

    private MethodDescriptor Find(string name) => _service.FindMethodByName(name)
        ?? throw new InvalidOperationException($"{_service.FullName} has no method '{name}'.");
}
