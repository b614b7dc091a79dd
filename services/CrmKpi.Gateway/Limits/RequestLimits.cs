using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Limits;
using CrmKpi.Hosting.Problems;
using Microsoft.Extensions.Options;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// What comes in at all: 1. so many requests for the gateway as a whole (503); 2. so many for each credential that a service
/// has accepted, and for all others so many for each address (429): whoever guesses keys uses up nothing but the allowance of
/// the own address. Nothing waits here: who is over the limit is told when to come again.
/// </summary>
internal sealed class RequestLimits
{
    private static readonly TimeSpan FullRetryAfter = TimeSpan.FromSeconds(1);

    private readonly LimitOptions _options;
    private readonly CredentialTable _credentials;
    private readonly RatePolicy _credentialPolicy;
    private readonly PartitionTable<ClientAddress> _addresses;
    private readonly Problem _full;
    private int _inFlight;

    public RequestLimits(IOptions<LimitOptions> options, TimeProvider time)
    {
        _options = options.Value;
        _credentialPolicy = new RatePolicy("credential", _options.CredentialPerSecond, _options.CredentialBurst);
        _credentials = new CredentialTable(
            _credentialPolicy, _options.CredentialsMax, TimeSpan.FromSeconds(_options.CredentialSecondsIdle), time);
        _addresses = new PartitionTable<ClientAddress>(
            new RatePolicy("address", _options.AddressPerSecond, _options.AddressBurst), _options.AddressesMax, time);
        _full = new Problem(
            StatusCodes.Status503ServiceUnavailable, "overloaded",
            "The gateway has as many requests in flight as it takes; try again in a moment.")
        {
            RetryAfter = FullRetryAfter,
        };
    }

    /// <summary>Lets a request through to <paramref name="next"/> or answers why not.</summary>
    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        // 1. The gateway as a whole.
        if (Interlocked.Increment(ref _inFlight) > _options.InFlightMax)
        {
            Interlocked.Decrement(ref _inFlight);
            await _full.ExecuteAsync(context);
            return;
        }
        try
        {
            await InvokeWithin(context, next);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    // 2. The caller.
    private async Task InvokeWithin(HttpContext context, RequestDelegate next)
    {
        var digest = CredentialDigest.Of(context.Request.Headers);
        var known = digest is { } brought ? _credentials.Find(brought) : null;
        var (partition, policy, inFlightMax, whose) = known is not null
            ? (known, _credentialPolicy, _options.CredentialInFlightMax, "A key, or a user with all of their tokens,")
            : (_addresses.Of(ClientAddress.Of(context.Connection.RemoteIpAddress)), _addresses.Policy,
                _options.AddressInFlightMax, "An address whose requests bring no accepted credential");

        var answer = partition.Bucket.TryTake();
        LimitHeaders.Write(context.Response, policy, answer);
        if (!answer.IsAllowed)
        {
            await LimitHeaders.TooFast(policy, answer, whose).ExecuteAsync(context);
            return;
        }
        if (!partition.TryEnter(inFlightMax))
        {
            await LimitHeaders.TooMany(policy, inFlightMax, whose).ExecuteAsync(context);
            return;
        }
        try
        {
            if (digest is { } unproven)
                context.Features.Set(new Verdict(this, unproven, known is not null));
            await next(context);
        }
        finally
        {
            partition.Leave();
        }
    }

    /// <summary>What the service's answer says about the credential of its request.</summary>
    public sealed class Verdict(RequestLimits limits, CredentialDigest digest, bool isKnown)
    {
        /// <summary>Remembers it.</summary>
        /// <param name="caller">
        /// Who the service said it is (<see cref="AcceptedCredential"/>); null = it accepted nobody.
        /// </param>
        /// <param name="status">The answer's status.</param>
        public void Hear(string? caller, int status)
        {
            if (caller is not null && !isKnown)
                limits._credentials.Accepted(digest, caller);
            else if (caller is null && isKnown && status == StatusCodes.Status401Unauthorized)
                limits._credentials.Refused(digest);
        }
    }
}

/// <summary>The limits as a feature of the gateway.</summary>
internal static class RequestLimitExtensions
{
    private const string Health = "/health";

    public static WebApplicationBuilder AddRequestLimits(this WebApplicationBuilder builder)
    {
        builder.AddStrictOptions<LimitOptions>(LimitOptions.Section);
        builder.Services.AddSingleton<RequestLimits>();
        AddressConnections.Configure(builder);
        return builder;
    }

    /// <summary>Limits everything but the addresses for health, which the platform asks.</summary>
    public static void UseRequestLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<RequestLimits>();
        app.Use((context, next) =>
            context.Request.Path.StartsWithSegments(Health) ? next(context) : limits.Invoke(context, next));
    }
}
