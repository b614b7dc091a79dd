using Microsoft.Net.Http.Headers;

namespace CrmKpi.Gateway.OpenApi;

/// <summary>What the gateway itself serves to anybody: the same until the next release, so browsers ask whether it still holds.</summary>
internal static class OwnContent
{
    private static readonly string Kept = "public, no-cache";

    /// <summary>The content, or 304 for who has it.</summary>
    /// <param name="tag">Weak: it is compressed on its way.</param>
    public static IResult Send(HttpContext context, byte[] content, string mediaType, string tag)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = Kept;
        headers.ETag = tag;
        var own = EntityTagHeaderValue.Parse(tag);
        return EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known)
            && known.Any(k => k == EntityTagHeaderValue.Any || k.Compare(own, useStrongComparison: false))
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(content, mediaType);
    }
}
