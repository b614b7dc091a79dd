using Google.Protobuf;

namespace CrmKpi.Hosting.Grpc;

/// <summary>One message in, one out.</summary>
public delegate Task<TResponse> UnaryMethod<TRequest, TResponse>(TRequest request, ServerCall call);

/// <summary>One message in, a stream out.</summary>
public delegate Task ServerStreamingMethod<TRequest, TResponse>(
    TRequest request, StreamWriter<TResponse> responses, ServerCall call) where TResponse : class, IMessage<TResponse>;

/// <summary>A stream in, one message out.</summary>
public delegate Task<TResponse> ClientStreamingMethod<TRequest, TResponse>(
    StreamReader<TRequest> requests, ServerCall call) where TRequest : class, IMessage<TRequest>, new();

/// <summary>A stream in and a stream out, each at its own pace.</summary>
public delegate Task DuplexMethod<TRequest, TResponse>(
    StreamReader<TRequest> requests, StreamWriter<TResponse> responses, ServerCall call)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>;
