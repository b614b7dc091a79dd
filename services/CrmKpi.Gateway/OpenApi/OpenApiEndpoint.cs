namespace CrmKpi.Gateway.OpenApi;

/// <summary><c>GET /v1/openapi.json</c>: what the API is, for anybody.</summary>
internal static class OpenApiEndpoint
{
    /// <summary>The address.</summary>
    public const string Path = "/v1/openapi.json";

    public static void MapOpenApi(this WebApplication app) => app.MapGet(
        Path, (HttpContext context) => OpenApiDocument.Instance.Content.Send(context)).AllowAnonymous();
}
