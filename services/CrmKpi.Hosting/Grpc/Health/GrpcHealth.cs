using CrmKpi.Hosting.Health;
using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;
using State = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace CrmKpi.Hosting.Grpc.Health;

/// <summary>
/// <c>grpc.health.v1.Health</c>: the readiness of <c>/health/ready</c>, for the server as a whole and for each service mapped;
/// whether it can be reached, for a <see cref="ForwardedService"/>. Open to anybody.
/// </summary>
public static class GrpcHealthExtensions
{
    /// <summary>Where it is, for those who let it through before the service is ready.</summary>
    internal static readonly string Path = $"/{HealthReflection.Descriptor.Services[0].FullName}";

    // The report itself is kept for a second: more often would see nothing new.
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <summary>Maps it.</summary>
    public static void MapGrpcHealth(this WebApplication app)
    {
        var report = app.Services.GetRequiredService<HealthReport>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var names = new Lazy<HashSet<string>>(() => [.. app.MappedServices().Select(s => s.FullName)]);
        var forwarded = app.Services.GetServices<ForwardedService>()
            .ToDictionary(f => f.Service.FullName, StringComparer.Ordinal);
        app.MapGrpcService(HealthReflection.Descriptor.Services[0], service => service
                .Unary<HealthCheckRequest, HealthCheckResponse>("Check", async (request, call) => Knows(request.Service)
                    ? new HealthCheckResponse { Status = await Now(request.Service, call.CancellationToken) }
                    : throw new RpcException(new Status(StatusCode.NotFound, $"There is no service '{Shown(request.Service)}' here.")))
                .ServerStreaming<HealthCheckRequest, HealthCheckResponse>("Watch", Watch))
            .AllowAnonymous();

        bool Knows(string service) =>
            service.Length == 0 || names.Value.Contains(service) || forwarded.ContainsKey(service);

        async Task<State> Now(string service, CancellationToken ct)
        {
            var isWell = forwarded.TryGetValue(service, out var other)
                ? other.IsReachable()
                : (await report.Reasons(ct)).Count == 0;
            return isWell && !stopping.IsCancellationRequested ? State.Serving : State.NotServing;
        }

        async Task Watch(HealthCheckRequest request, StreamWriter<HealthCheckResponse> responses, ServerCall call)
        {
            if (!Knows(request.Service))
            {
                await responses.WriteAsync(new HealthCheckResponse { Status = State.ServiceUnknown });
                await Task.Delay(Timeout.InfiniteTimeSpan, call.CancellationToken);
            }
            for (State? told = null; ;)
            {
                var now = await Now(request.Service, call.CancellationToken);
                if (now != told)
                    await responses.WriteAsync(new HealthCheckResponse { Status = now });
                told = now;
                await Task.Delay(WatchInterval, time, call.CancellationToken);
            }
        }
    }

    private static string Shown(string name)
    {
        const int CharsMax = 100;
        return name.Length <= CharsMax ? name : name[..CharsMax];
    }

    /// <summary>The services whose methods are mapped here.</summary>
    internal static IEnumerable<ServiceDescriptor> MappedServices(this IEndpointRouteBuilder endpoints) =>
        endpoints.DataSources.SelectMany(source => source.Endpoints)
            .Select(endpoint => endpoint.Metadata.GetMetadata<MethodDescriptor>()?.Service)
            .OfType<ServiceDescriptor>()
            .Distinct();
}
