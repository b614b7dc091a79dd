using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CrmKpi.Hosting.Caching;

/// <summary>What a caller says by <c>If-None-Match</c> that it has.</summary>
public static class ConditionalRequests
{
    /// <summary>True when the header names the tag.</summary>
    public static bool Names(this HttpRequest request, string tag)
    {
        var known = request.Headers.IfNoneMatch;
        if (known.Count == 1 && known[0] == tag)
            return true;
        // What is no list of tags is as if it were not there (RFC 9110, 13.1.2).
        return known.Count > 0
            && EntityTagHeaderValue.TryParseList(known, out var tags)
            && EntityTagHeaderValue.TryParse(tag, out var own)
            && tags.Any(t => t.Compare(own, useStrongComparison: false));
    }

    /// <summary>True when the header is <c>*</c>: it names whatever there is, once there is something.</summary>
    public static bool NamesAny(this HttpRequest request) =>
        request.Headers.IfNoneMatch is { Count: 1 } known && known[0]?.Trim() == EntityTagHeaderValue.Any.Tag;
}
