using System.ComponentModel.DataAnnotations;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Problems;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Limits;

/// <summary>
/// What each tenant may ask of one process of a service: section <c>TenantLimits</c>. Whatever belongs to no tenant counts for
/// the agency of the key.
/// </summary>
public sealed class TenantLimitOptions
{
    /// <summary>The section.</summary>
    public const string Section = "TenantLimits";

    /// <summary>Requests a second.</summary>
    [Range(0.001, 1_000_000)]
    public double PerSecond { get; set; } = 20_000;

    /// <summary>Requests at once, after a pause.</summary>
    [Range(1, 10_000_000)]
    public int Burst { get; set; } = 40_000;

    /// <summary>Requests in flight; a stream counts as one while it lasts.</summary>
    [Range(1, 1_000_000)]
    public int InFlightMax { get; set; } = 512;
}

/// <summary>
/// The limits of tenants, behind authentication: somebody without a valid credential cannot use up anything of a tenant's.
/// </summary>
public sealed class TenantLimits(IOptions<TenantLimitOptions> options, TimeProvider time)
{
    private const int EntriesMax = 100_000;
    private const string Whose = "A tenant";

    private readonly PartitionTable<string> _tenants = new(
        new RatePolicy("tenant", options.Value.PerSecond, options.Value.Burst), EntriesMax, time);

    /// <summary>Counts a request of a tenant until the lease is disposed; throws 429 when it is one too many.</summary>
    /// <param name="response">Gets the header fields once half of it is used up.</param>
    public Lease Enter(string tenant, HttpResponse response)
    {
        var partition = _tenants.Of(tenant);
        var answer = partition.Bucket.TryTake();
        // Two header fields more are not worth their cost while there is plenty.
        if (answer.Remaining < _tenants.Policy.Burst / 2 && !response.HasStarted)
            LimitHeaders.Write(response, _tenants.Policy, answer);
        if (!answer.IsAllowed)
            throw new ProblemException(LimitHeaders.TooFast(_tenants.Policy, answer, Whose));
        if (!partition.TryEnter(options.Value.InFlightMax))
            throw new ProblemException(LimitHeaders.TooMany(_tenants.Policy, options.Value.InFlightMax, Whose));
        return new Lease(partition);
    }

    /// <summary>A request in flight.</summary>
    public readonly struct Lease(Partition partition) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => partition.Leave();
    }
}

/// <summary>The limits as a feature of a service.</summary>
public static class TenantLimitExtensions
{
    /// <summary>Registers them.</summary>
    public static WebApplicationBuilder AddTenantLimits(this WebApplicationBuilder builder)
    {
        builder.AddStrictOptions<TenantLimitOptions>(TenantLimitOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<TenantLimits>();
        return builder;
    }

    /// <summary>Applies them to every request that access has let through.</summary>
    public static void UseTenantLimits(this WebApplication app)
    {
        if (app.Services.GetService<TenantLimits>() is not { } limits)
            return;
        app.Use(async (context, next) =>
        {
            if (Whose(context) is not { } key)
            {
                await next(context);
                return;
            }
            using var lease = limits.Enter(key, context.Response);
            await next(context);
        });
    }

    private static string? Whose(HttpContext context) =>
        context.CallerOrNull() is not { } caller ? null
        // The tenant of a gRPC call stands in its message: TenantCalls.RequireTenant counts it.
        : context.GetEndpoint()?.Metadata.GetMetadata<MethodDescriptor>() is not null ? null
        : context.Request.RouteValues.TryGetValue(AccessExtensions.TenantRouteValue, out var tenant) ? (string)tenant!
        // No tenant's id has a slash.
        : $"agency/{caller.Agency}";
}
