using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// Lets a request through to its endpoint: 1. who calls (401), 2. may they know of the tenant or agency (404), 3. may
/// they do this (403). An endpoint that says nothing about access is an error, not open.
/// </summary>
internal sealed class AccessMiddleware(RequestDelegate next, CallerCache callers, TenantDirectory tenants)
{
    private static readonly Problem Unauthorized = KnownProblems.OfStatus(StatusCodes.Status401Unauthorized) with
    {
        Detail = "A valid key is required, as 'Authorization: Bearer <key>', as 'X-Api-Key: <key>' or as HTTP Basic " +
            "with the key's id and secret; or a token of an issuer that is taken here. This request has none, a " +
            "wrong, expired or revoked one, or two different ones.",
    };

    public Task Invoke(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return next(context);
        var requirement = endpoint.Metadata.GetMetadata<AccessRequirement>();
        if (requirement is null && endpoint.DisplayName?.StartsWith("405 ", StringComparison.Ordinal) == true)
            return next(context);
        return Check(context, requirement ?? throw new InvalidOperationException(
            $"Endpoint '{endpoint.DisplayName}' does not say who may call it: add RequireScope, RequireKey or AllowAnonymous."));
    }

    private async Task Check(HttpContext context, AccessRequirement requirement)
    {
        // 1. Who calls?
        var text = Credential.Read(context.Request.Headers);
        var verdict = text is null ? Verdict.Unknown : await callers.Find(text, context.RequestAborted);
        if (verdict.Caller is not { } caller)
        {
            if (verdict is { IsTold: true, Reason: { } reason })
                context.Response.Headers.WWWAuthenticate = Problem.ChallengesWith(reason);
            await Unauthorized.ExecuteAsync(context);
            return;
        }
        context.SetCaller(caller);
        AcceptedCredential.Tell(context.Response, caller);

        // 2. May they know of the tenant or agency?
        var route = context.Request.RouteValues;
        var mayDo = caller.Has(requirement.Scopes);
        // Where there need be no tenant, those who may do nothing there cannot tell by the answer whether there is one.
        if (route.TryGetValue(AccessExtensions.TenantRouteValue, out var tenant) && (mayDo || !requirement.TenantMayBeNew)
            && !await MayKnow((string)tenant!, caller, requirement, context.RequestAborted))
        {
            await KnownProblems.NoSuchTenant.ExecuteAsync(context);
            return;
        }
        if (route.TryGetValue(AccessExtensions.AgencyRouteValue, out var agency)
            && !MayKnowAgency((string)agency!, caller, requirement))
        {
            await KnownProblems.NoSuchAgency.ExecuteAsync(context);
            return;
        }

        // 3. May they do this?
        if (!mayDo)
        {
            await KnownProblems.MissingScope(requirement.Scopes).ExecuteAsync(context);
            return;
        }
        await next(context);
    }

    // What the admins of an agency see there names its tenants: that is for none of another agency, operators too.
    private static bool MayKnowAgency(string agency, Caller caller, AccessRequirement requirement) =>
        caller.MayKnowAgency(agency) && (caller.Agency == agency || !requirement.Scopes.HasFlag(Scopes.Admin));

    private async ValueTask<bool> MayKnow(
        string tenant, Caller caller, AccessRequirement requirement, CancellationToken ct)
    {
        if (!requirement.TenantMayBeNew)
            return await tenants.IsVisible(tenant, caller, ct);
        if (!caller.IsBoundTo(tenant))
            return false;
        // What is for operators alone is about the installation, not about what a tenant holds: they may do it for every agency's.
        if (requirement.Scopes.HasFlag(Scopes.Operator))
            return true;
        return !Tenant.IsValidId(tenant) || (await tenants.AgencyOf(tenant, ct) ?? caller.Agency) == caller.Agency;
    }
}
