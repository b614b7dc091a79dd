using CrmKpi.Postgres.Control;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Hosting.Access;

/// <summary>Who calls: the credential of the request, without its secret.</summary>
/// <param name="Actor">The key or the user: one caller for limits, logs and the trail.</param>
/// <param name="Agency">Whose tenants it may see.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Tenants">The tenants it is bound to; null = every tenant of the agency.</param>
public sealed record Caller(Actor Actor, string Agency, Scopes Scopes, IReadOnlyList<string>? Tenants)
{
    /// <summary>One for all credentials of the actor, for the gateway's limits.</summary>
    internal string Digest { get; } = AcceptedCredential.Of(Actor);

    /// <summary>When the credential ends by itself; null = never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>True when the key is bound to the tenant, or to none. The tenant's agency is checked beside it.</summary>
    public bool IsBoundTo(string tenant) => Tenants is null || Tenants.Contains(tenant, StringComparer.Ordinal);

    /// <summary>True when it has the scope.</summary>
    public bool Has(Scopes scope) => (Scopes & scope) == scope;

    /// <summary>
    /// True when it may know of the agency: its own one, or any for an operator; never for a caller that is bound to tenants.
    /// </summary>
    public bool MayKnowAgency(string agency) => Tenants is null && (Agency == agency || Has(Scopes.Operator));
}

/// <summary>The caller of a request.</summary>
public static class CallerExtensions
{
    private static readonly object Key = new();

    /// <summary>
    /// The caller; throws on an endpoint that lets anybody in. What runs for long (a stream of events, server-sent events, a
    /// gRPC stream) also needs <see cref="HoldCaller"/>.
    /// </summary>
    public static Caller Caller(this HttpContext context) =>
        context.Items.TryGetValue(Key, out var caller)
            ? (Caller)caller!
            : throw new InvalidOperationException("The endpoint is anonymous: it has no caller.");

    /// <summary>
    /// For requests that may run for long: a lease whose <see cref="CallerLease.Ended"/> fires within seconds after the caller's
    /// key was revoked or has expired. Dispose it with the stream.
    /// </summary>
    public static CallerLease HoldCaller(this HttpContext context) =>
        context.RequestServices.GetRequiredService<CallerLeases>().Hold(context.Caller());

    /// <summary>Who acts in this request, for <see cref="AuditTrail"/>.</summary>
    public static ActedBy ActedBy(this HttpContext context) => new(context.Caller().Actor, context.TraceIdentifier);

    internal static Caller? CallerOrNull(this HttpContext context) =>
        context.Items.TryGetValue(Key, out var caller) ? (Caller?)caller : null;

    internal static void SetCaller(this HttpContext context, Caller caller) => context.Items[Key] = caller;
}
