using System.Buffers;
using System.Text;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.OwnKpis;
using Microsoft.AspNetCore.Http.Features;

namespace CrmKpi.Query.Watch;

/// <summary>
/// <c>GET /v1/tenants/{tenant}/watch</c>: KPIs as server-sent events, <c>data</c> as <c>GET …/kpis</c> answers, now and on each
/// change.
/// </summary>
internal static class WatchEndpoint
{
    /// <summary>The media type of server-sent events.</summary>
    public const string MediaType = "text/event-stream";

    private const string LastEventId = "Last-Event-ID";

    /// <summary>A client whose connection breaks comes back after this time.</summary>
    private const int RetryMilliseconds = 2_000;

    public static WebApplicationBuilder AddWatch(this WebApplicationBuilder builder)
    {
        builder.AddStrictOptions<WatchOptions>(WatchOptions.Section);
        builder.Services.AddSingleton<KpiWatch>();
        return builder;
    }

    public static void MapWatch(this WebApplication app) =>
        app.MapGet("/v1/tenants/{tenant}/watch", async (
                string tenant, HttpContext context, KpiWatch watch, KpiRequests requests, AnswerService answers) =>
            {
                var asked = new QueryStringRequest(context.Request.QueryString.Value ?? "", AcceptsCsv: false);
                asked.Read(KpiRequest.KnownToWatch);
                using var lease = context.HoldCaller();
                var stream = watch.Watch(
                    tenant, ct => requests.Of(tenant, asked, ct), ReadSeen(context.Request), lease.Ended,
                    context.RequestAborted);
                try
                {
                    await Send(context, stream, answers);
                }
                catch (ProblemException e) when (context.Response.HasStarted)
                {
                    // Too late for a status: the last event says why it ends.
                    var writer = context.Response.BodyWriter;
                    writer.Write("event: problem\ndata: "u8);
                    writer.Write(e.Problem.ToJson().Span);
                    writer.Write("\n\n"u8);
                    await writer.FlushAsync(context.RequestAborted);
                }
            })
            .RequireScope(Scopes.Query);

    private static WatchId? ReadSeen(HttpRequest request)
    {
        var text = request.Headers[LastEventId].ToString();
        return text.Length == 0
            ? null
            : WatchId.Parse(text) ?? throw new ProblemException(KnownProblems.BadParameter(
                LastEventId, $"'{LastEventId}' must be the 'id' of an event of this watch, or its sequence; it is '{text}'."));
    }

    private static async Task Send(HttpContext context, IAsyncEnumerable<WatchedAnswer?> stream, AnswerService answers)
    {
        var (response, ct) = (context.Response, context.RequestAborted);
        await foreach (var next in stream.WithCancellation(ct))
        {
            var writer = response.BodyWriter;
            if (!response.HasStarted)
            {
                response.ContentType = MediaType;
                response.Headers.CacheControl = "no-store";
                // Proxies on the way shall pass events on as they come.
                response.Headers["X-Accel-Buffering"] = "no";
                context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
                writer.Write(Encoding.ASCII.GetBytes($"retry: {RetryMilliseconds}\n\n"));
            }
            if (next is null)
            {
                writer.Write(":\n\n"u8);
            }
            else
            {
                writer.Write(Encoding.ASCII.GetBytes($"id: {next.Id}\ndata: "));
                JsonAnswer.WriteWithLag(writer, next.Answer.Body, await answers.Lag(next.Snapshot, ct));
                writer.Write("\n\n"u8);
            }
            await writer.FlushAsync(ct);
        }
    }
}
