using CrmKpi.Postgres.Control;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Access;

/// <summary>Who calls: the key of the request, without its secret.</summary>
/// <param name="KeyId">For logs.</param>
/// <param name="Agency">Whose tenants it may see.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Tenants">The tenants it is bound to; null = every tenant of the agency.</param>
public sealed record Caller(string KeyId, string Agency, Scopes Scopes, IReadOnlyList<string>? Tenants)
{
    /// <summary>True when the key is bound to the tenant, or to none. The tenant's agency is checked beside it.</summary>
    public bool IsBoundTo(string tenant) => Tenants is null || Tenants.Contains(tenant, StringComparer.Ordinal);

    /// <summary>True when it has the scope.</summary>
    public bool Has(Scopes scope) => (Scopes & scope) == scope;
}

/// <summary>The caller of a request.</summary>
public static class CallerExtensions
{
    private static readonly object Key = new();

    /// <summary>The caller; throws on an endpoint that lets anybody in.</summary>
    public static Caller Caller(this HttpContext context) =>
        context.Items.TryGetValue(Key, out var caller)
            ? (Caller)caller!
            : throw new InvalidOperationException("The endpoint is anonymous: it has no caller.");

    internal static void SetCaller(this HttpContext context, Caller caller) => context.Items[Key] = caller;
}
