using Microsoft.Extensions.Primitives;

namespace CrmKpi.Query.Answers;

/// <summary>What caches may do with an answer: keep it for its caller alone, and ask each time whether it still holds.</summary>
internal static class CacheHeaders
{
    private static readonly StringValues Revalidated = "private, no-cache";
    private static readonly StringValues Varying = "Authorization, X-Api-Key, Accept, Accept-Encoding";

    /// <summary>Sets them and the tag.</summary>
    public static void Set(HttpResponse response, string tag)
    {
        response.Headers.CacheControl = Revalidated;
        response.Headers.Vary = Varying;
        response.Headers.ETag = tag;
    }
}
