using System.Diagnostics;
using CrmKpi.Postgres;
using Google.Protobuf.Reflection;

namespace CrmKpi.Hosting.Grpc;

/// <summary>What the span of a request says when it is a gRPC call, whose HTTP status is always 200.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/semconv/rpc/grpc/</remarks>
internal static class CallTraces
{
    /// <summary>Names the method.</summary>
    public static void Begin(MethodDescriptor method)
    {
        if (Activity.Current is not { IsAllDataRequested: true } activity)
            return;
        activity.DisplayName = $"{method.Service.FullName}/{method.Name}";
        activity.SetTag("rpc.system", "grpc");
        activity.SetTag("rpc.service", method.Service.FullName);
        activity.SetTag("rpc.method", method.Name);
    }

    /// <summary>Names the tenant, once the caller may know of it.</summary>
    public static void Tenant(string tenant) => Activity.Current?.SetTag(TenantKey.SpanAttribute, tenant);

    /// <summary>Says how it ended; what is the server's fault is an error.</summary>
    public static void End(StatusCode status)
    {
        if (Activity.Current is not { IsAllDataRequested: true } activity)
            return;
        activity.SetTag("rpc.grpc.status_code", (int)status);
        if (status is StatusCode.Unknown or StatusCode.DeadlineExceeded or StatusCode.Unimplemented or StatusCode.Internal
            or StatusCode.Unavailable or StatusCode.DataLoss)
            activity.SetStatus(ActivityStatusCode.Error);
    }
}
