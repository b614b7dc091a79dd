using CrmKpi.Hosting.Access.Tokens;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Access;

/// <summary>What an endpoint asks of its caller.</summary>
/// <param name="Scopes">All of these; none = any valid key.</param>
/// <param name="TenantMayBeNew">
/// There need be no tenant of the <c>{tenant}</c> route value: the endpoint makes it, or knows that it is gone.
/// </param>
public sealed record AccessRequirement(Scopes Scopes, bool TenantMayBeNew);

/// <summary>Authentication by API key and its requirement per endpoint.</summary>
public static class AccessExtensions
{
    /// <summary>The name of the route value that holds the tenant: <c>/v1/tenants/{tenant}/…</c>.</summary>
    public const string TenantRouteValue = "tenant";

    /// <summary>The name of the route value that holds the agency: <c>/v1/agencies/{agency}/…</c>.</summary>
    public const string AgencyRouteValue = "agency";

    /// <summary>Registers keys, tenants, agencies and the trail of administrative acts.</summary>
    public static WebApplicationBuilder AddApiKeyAccess(this WebApplicationBuilder builder)
    {
        builder.AddStrictOptions<SecurityOptions>(SecurityOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<KeyStore>();
        builder.Services.AddSingleton<KeyUse>();
        builder.Services.AddSingleton(sp => new TenantStore(
            sp.GetRequiredService<Database>(), sp.GetRequiredService<IOptions<PostgresOptions>>().Value.NewTenantsIn));
        builder.Services.AddSingleton<AgencyStore>();
        builder.Services.AddSingleton<AuditTrail>();
        builder.Services.AddSingleton<CallerLeases>();
        builder.Services.AddSingleton<LastUse>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LastUse>());
        builder.Services.AddSingleton<TokenIssuers>();
        builder.Services.AddSingleton<CallerCache>();
        builder.Services.AddSingleton<TenantDirectory>();
        return builder;
    }

    /// <summary>Checks every request that reaches an endpoint; nothing happens in a service without keys.</summary>
    public static void UseApiKeyAccess(this WebApplication app)
    {
        if (app.Services.GetService<CallerCache>() is not null)
            app.UseMiddleware<AccessMiddleware>();
    }

    /// <summary>
    /// The caller needs a key with this scope (else 401, 403) and, when the route has a <c>{tenant}</c> or an <c>{agency}</c>,
    /// with access to it (else 404, the same as for an unknown one).
    /// </summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, Scopes scope, bool tenantMayBeNew = false)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new AccessRequirement(scope, tenantMayBeNew));

    /// <summary>The caller needs any valid key.</summary>
    public static TBuilder RequireKey<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.RequireScope(Scopes.None);
}
