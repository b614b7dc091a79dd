using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace CrmKpi.Hosting.Problems;

/// <summary>Problem details for every error answer: thrown, or a bare status without a body.</summary>
public static class ProblemExtensions
{
    /// <summary>Frameworks' own problem answers get our shape too.</summary>
    public static WebApplicationBuilder AddProblems(this WebApplicationBuilder builder)
    {
        // A value that does not bind shall be thrown as BadHttpRequestException, not answered as an empty 400.
        builder.Services.Configure<Microsoft.AspNetCore.Routing.RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        return builder;
    }

    /// <summary>The outermost middleware but for request ids.</summary>
    public static void UseProblems(this WebApplication app) => app.UseMiddleware<ProblemMiddleware>();
}

internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    private const int ClientClosedRequest = 499;

    private static readonly string[] BodyHeaders =
        [HeaderNames.ContentEncoding, HeaderNames.ContentDisposition, HeaderNames.ETag, HeaderNames.LastModified];

    public async Task Invoke(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads it; it is for logs and metrics.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = ClientClosedRequest;
            return;
        }
        catch (Exception e)
        {
            await Answer(context, e);
            return;
        }
        if (IsBareError(context))
            await KnownProblems.OfStatus(context.Response.StatusCode).ExecuteAsync(context);
    }

    private async Task Answer(HttpContext context, Exception exception)
    {
        var problem = KnownProblems.Of(exception);
        if (problem is null)
        {
            LogUnhandled(exception, context.Request.Method, context.Request.Path);
            problem = KnownProblems.Internal(context);
        }
        else if (problem.Status >= StatusCodes.Status500InternalServerError)
        {
            LogUnavailable(problem.Code, exception.Message, context.Request.Path);
        }

        if (context.Response.HasStarted)
        {
            // A cut answer must not look like a whole one.
            context.Abort();
            return;
        }
        // What describes the body that will not come; headers of the request as a whole stay.
        foreach (var header in BodyHeaders)
            context.Response.Headers.Remove(header);
        await problem.ExecuteAsync(context);
    }

    private static bool IsBareError(HttpContext context) =>
        context.Response is { HasStarted: false, StatusCode: >= 400 and < 600, ContentLength: null, ContentType: null }
        && context.Response.StatusCode != ClientClosedRequest
        && context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest != true;

    [LoggerMessage(1001, LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogUnhandled(Exception exception, string method, string path);

    [LoggerMessage(1002, LogLevel.Warning, "{Path} answered {Code}: {Reason}")]
    private partial void LogUnavailable(string code, string reason, string path);
}
