using System.Net;
using CrmKpi.Postgres.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace CrmKpi.Benchmarks;

/// <summary>
/// What telemetry costs: warm KPI answers and posts of one event through the gateway, without an endpoint, with one and each tenth
/// request traced, and with one and every request traced. Services are processes of their own; the collector, in this one, throws
/// away what comes.
/// </summary>
public static class TelemetryBenchmark
{
    private const int Rounds = 3;
    private const int Callers = 16;
    private const int Queries = 16_000;
    private const int Posts = 4_000;
    private const int Events = 20_000;
    private const string Kpis = "leads_created,lead_conversion,win_rate,average_deal_size,revenue,deals_won,sales_cycle";

    /// <param name="server">A durable server.</param>
    public static async Task<BenchmarkRow[]> Run(EmbeddedServer server, CancellationToken ct)
    {
        await using var collector = await Collector();
        var endpoint = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };
        var tenth = new Dictionary<string, string>(endpoint)
        {
            ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
            ["OTEL_TRACES_SAMPLER_ARG"] = "0.1",
        };
        // Interleaved, so that what the machine does besides falls on all alike.
        List<Figures> without = [], some = [], all = [];
        for (var round = 0; round < Rounds; round++)
        {
            without.Add(await Measure(server, null, ct));
            some.Add(await Measure(server, tenth, ct));
            all.Add(await Measure(server, endpoint, ct));
        }
        return
        [
            Row("warm KPI answers, a tenth traced", "answers/s", some, without, f => f.Queries),
            Row("the same, all traced", "answers/s", all, without, f => f.Queries),
            Row("posts of one event, a tenth traced", "posts/s", some, without, f => f.Posts),
            Row("the same, all traced", "posts/s", all, without, f => f.Posts),
        ];
    }

    private static BenchmarkRow Row(
        string name, string unit, List<Figures> with, List<Figures> without, Func<Figures, double> figure) =>
        BenchmarkRow.OfMedians(name, unit, [.. with.Select(figure)], "without an endpoint", [.. without.Select(figure)]);

    private static async Task<Figures> Measure(
        EmbeddedServer server, IReadOnlyDictionary<string, string>? environment, CancellationToken ct)
    {
        await using var stage = await ProcessStage.Start(server, Events, environment, ct);
        var url = $"/v1/tenants/{ProcessStage.Inhabitant}/kpis?kpi={Kpis}&from=2024-03-01&to=2024-06-01&compare=previous";
        async Task Ask(int caller, int call)
        {
            using var answer = await stage.Client.GetAsync(url, ct);
            await stage.Expect(answer, ct);
        }
        async Task Post(int caller, int call)
        {
            using var answer = await stage.Send(
                ProcessStage.Newcomer, "application/cloudevents+json", stage.NextEvent(), ct);
            await stage.Expect(answer, ct);
        }
        await Calls.Measure(Queries / 2, Callers, Ask, ct);
        var queries = await Calls.Measure(Queries, Callers, Ask, ct);
        await Calls.Measure(Posts / 4, Callers, Post, ct);
        var posts = await Calls.Measure(Posts, Callers, Post, ct);
        return new Figures(queries.Rate, posts.Rate);
    }

    private static async Task<WebApplication> Collector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        app.MapFallback(async (HttpContext context) =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/x-protobuf";
        });
        await app.StartAsync();
        return app;
    }

    private sealed record Figures(double Queries, double Posts);
}
