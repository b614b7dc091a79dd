using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Limits;
using CrmKpi.Hosting.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Hosting.Grpc;

/// <summary>The tenant of a call, which stands in its message.</summary>
public static class TenantCalls
{
    /// <summary>
    /// Goes on only if the caller may know of the tenant, and counts the call among the tenant's until it ends. Once a call, before
    /// anything else is done with it.
    /// </summary>
    /// <exception cref="ProblemException">
    /// INVALID_ARGUMENT when none is named; else NOT_FOUND, the same for an unknown tenant and for another's; RESOURCE_EXHAUSTED when
    /// the tenant has too many calls.
    /// </exception>
    public static async ValueTask RequireTenant(this ServerCall call, string tenant)
    {
        if (tenant.Length == 0)
            throw new ProblemException(KnownProblems.BadParameter("tenant", "'tenant' is required: the id of one."));
        var context = call.HttpContext;
        var tenants = context.RequestServices.GetRequiredService<TenantDirectory>();
        if (!await tenants.IsVisible(tenant, context.Caller(), call.CancellationToken))
            throw new ProblemException(KnownProblems.NoSuchTenant);
        CallTraces.Tenant(tenant);
        context.Response.RegisterForDispose(
            context.RequestServices.GetRequiredService<TenantLimits>().Enter(tenant, context.Response));
    }
}
