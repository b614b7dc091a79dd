using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Limits;

/// <summary>
/// The header fields <c>RateLimit-Policy</c> and <c>RateLimit</c>
/// (<see href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/">draft-ietf-httpapi-ratelimit-headers</see>)
/// and the problems of a limit.
/// </summary>
public static class LimitHeaders
{
    /// <summary>What is left.</summary>
    public const string Limit = "RateLimit";

    /// <summary>What is allowed.</summary>
    public const string Policy = "RateLimit-Policy";

    /// <summary>The code of every 429 that waiting a moment ends.</summary>
    public const string TooManyRequests = "too_many_requests";

    private static readonly TimeSpan InFlightRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Adds a policy and where it stands to the answer; a list of several when there are several.</summary>
    public static void Write(HttpResponse response, RatePolicy policy, in BucketAnswer answer)
    {
        response.Headers.Append(Policy, policy.Header);
        response.Headers.Append(Limit, answer.Header(policy));
    }

    /// <summary>Too many requests a second.</summary>
    public static Problem TooFast(RatePolicy policy, in BucketAnswer answer, string whose) =>
        new(StatusCodes.Status429TooManyRequests, TooManyRequests,
            $"{whose} may send {policy.PerSecond:0.##} requests a second, {policy.Burst} at once after a pause. "
            + "The header RateLimit says what is left; send events in batches, and ask for several KPIs at once.")
        {
            RetryAfter = answer.RetryAfter,
            Members = json => json.WriteString("policy", policy.Name),
        };

    /// <summary>Too many requests in flight.</summary>
    public static Problem TooMany(RatePolicy policy, int inFlightMax, string whose) =>
        new(StatusCodes.Status429TooManyRequests, TooManyRequests,
            $"{whose} may have {inFlightMax} requests in flight at a time; wait for answers before sending more.")
        {
            RetryAfter = InFlightRetryAfter,
            Members = json => json.WriteString("policy", policy.Name),
        };
}
