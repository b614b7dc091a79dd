using Google.Protobuf.Reflection;

namespace CrmKpi.Hosting.Grpc.Health;

/// <summary>A service that is reached through here but mapped elsewhere. Registered, its health is told too.</summary>
/// <param name="Service">Which one.</param>
/// <param name="IsReachable">Whether calls to it have somewhere to go just now.</param>
public sealed record ForwardedService(ServiceDescriptor Service, Func<bool> IsReachable);
