using CrmKpi.Hosting.Limits;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace CrmKpi.Gateway.Routing;

/// <summary>
/// Sends a request once more, to another address of its service, when that cannot do anything twice: 1. any request whose
/// connection was not made, because nothing of it has been sent; 2. GET and HEAD whose connection broke before the answer began.
/// So an instance that goes away is noticed by nobody. An address that is thought unhealthy gets the attempt when there is no
/// other: it may have come back since it was looked at, as when instances are restarted one after the other. One attempt more
/// at most, within a budget of them, so that a service that is down is not asked twice as often.
/// </summary>
internal sealed class SecondAttempt(IOptions<GatewayOptions> options, TimeProvider time)
{
    private readonly TokenBucket? _budget = options.Value.SecondAttemptsPerSecond is > 0 and var perSecond
        ? new TokenBucket(new RatePolicy("second-attempts", perSecond, Math.Max(1, (long)perSecond)), time)
        : null;

    /// <summary>Stands before load balancing in the proxy's pipeline.</summary>
    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        var proxy = context.GetReverseProxyFeature();
        // Load balancing leaves only the one that it has chosen.
        var available = proxy.AvailableDestinations;
        await next(context);
        if (_budget is null || proxy.AllDestinations.Count < 2
            || context.Features.Get<IForwarderErrorFeature>() is not { Error: ForwarderError.Request or ForwarderError.RequestTimedOut } error
            || !MayRepeat(context, error))
            return;
        var others = Except(proxy.ProxiedDestination, available);
        if (others.Length == 0)
            others = Except(proxy.ProxiedDestination, proxy.AllDestinations);
        if (!_budget.TryTake().IsAllowed)
            return;
        proxy.AvailableDestinations = others;
        proxy.ProxiedDestination = null;
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.StatusCode = StatusCodes.Status200OK;
        await next(context);
    }

    private static DestinationState[] Except(DestinationState? tried, IEnumerable<DestinationState> destinations) =>
        [.. destinations.Where(destination => destination != tried)];

    private static bool MayRepeat(HttpContext context, IForwarderErrorFeature error)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return false;
        var isNotSent = error.Exception is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError,
        };
        return isNotSent
            || error.Error == ForwarderError.Request
                && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method));
    }
}
