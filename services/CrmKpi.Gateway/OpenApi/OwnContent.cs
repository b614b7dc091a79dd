using System.Security.Cryptography;
using CrmKpi.Hosting.Caching;

namespace CrmKpi.Gateway.OpenApi;

/// <summary>What the gateway itself serves to anybody: the same until the next release, so browsers ask whether it still holds.</summary>
internal sealed record OwnContent(byte[] Content, string MediaType)
{
    private const string Kept = "public, no-cache";
    private const int TagBytes = 8;

    /// <summary>Its entity tag. Weak: it is compressed on its way.</summary>
    public string Tag { get; } = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(Content).AsSpan(0, TagBytes))}\"";

    /// <summary>The content, or 304 for who has it.</summary>
    public IResult Send(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = Kept;
        headers.ETag = Tag;
        return context.Request.NamesAny() || context.Request.Names(Tag)
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(Content, MediaType);
    }
}
