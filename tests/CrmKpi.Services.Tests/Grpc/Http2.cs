using CrmKpi.Testing.Grpc;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>A service with a port for REST and one for gRPC.</summary>
internal static class Http2
{
    /// <summary>Another free loopback port, behind those for REST.</summary>
    public static void Listen(WebApplicationBuilder builder) => builder.Configuration["Server:Http2Urls"] = "http://127.0.0.1:0";

    /// <summary>A client of that port.</summary>
    public static GrpcClient Client(WebApplication service, string? key) => new(new Uri(service.Urls.Last()), key);
}
