using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Hosting.Grpc;

/// <summary>The tenant of a call, which stands in its message.</summary>
public static class TenantCalls
{
    /// <summary>Goes on only if the caller may know of the tenant. Before anything else is done with it.</summary>
    /// <exception cref="ProblemException">
    /// INVALID_ARGUMENT when none is named; else NOT_FOUND, the same for an unknown tenant and for another's.
    /// </exception>
    public static async ValueTask RequireTenant(this ServerCall call, string tenant)
    {
        if (tenant.Length == 0)
            throw new ProblemException(KnownProblems.BadParameter("tenant", "'tenant' is required: the id of one."));
        var tenants = call.HttpContext.RequestServices.GetRequiredService<TenantDirectory>();
        if (!await tenants.IsVisible(tenant, call.HttpContext.Caller(), call.CancellationToken))
            throw new ProblemException(KnownProblems.NoSuchTenant);
    }
}
