using CrmKpi.Hosting.Problems;

namespace CrmKpi.Gateway.Docs;

/// <summary><c>GET /docs</c>: a page to read the description of the API and to try it. It needs nothing from elsewhere.</summary>
internal static class DocsEndpoint
{
    /// <summary>The address; the page's files are below it.</summary>
    public const string Path = "/docs";

    // Swagger UI sets styles of elements and shows its own pictures as data; scripts are files of ours only.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapDocs(this WebApplication app)
    {
        app.MapGet(Path, (HttpContext context) => Send(context, "")).AllowAnonymous();
        app.MapGet($"{Path}/{{file}}", (HttpContext context, string file) => Send(context, file)).AllowAnonymous();
    }

    private static IResult Send(HttpContext context, string name)
    {
        if (DocsFiles.Find(name) is not { } file)
            return KnownProblems.OfStatus(StatusCodes.Status404NotFound);
        context.Response.Headers.ContentSecurityPolicy = Policy;
        return file.Send(context);
    }
}
