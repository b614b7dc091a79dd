using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrmKpi.EndToEnd.Tests.Processes;
using CrmKpi.EndToEnd.Tests.Telemetry.Otlp;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Telemetry;

/// <summary>
/// What services in processes of their own send to a collector: gateway and query over gRPC, ingestion and projections over HTTP.
/// </summary>
public sealed partial class TelemetryTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Tenant = "traced";
    private const int ServerKind = 2;

    private Collector _collector = null!;
    private ServiceStack _stack = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _collector = await Collector.Start();
        _stack = await ServiceStack.Start(service =>
            new Dictionary<string, string>(_collector.Environment(service is "CrmKpi.Gateway" or "CrmKpi.Query"))
            {
                // A line for each request.
                ["Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics"] = "Information",
            });
        _client = await _stack.AdminClient();
        (await _client.PutAsJsonAsync($"/v1/tenants/{Tenant}", new { name = Tenant })).EnsureSuccessStatusCode();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _stack.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task The_way_of_an_event_and_of_its_kpi_is_one_trace()
    {
        var (trace, root) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());
        var parent = $"00-{trace}-{root}-01";
        await Post(1, parent);
        using var asked = new HttpRequestMessage(HttpMethod.Get, $"/v1/tenants/{Tenant}/kpis?kpi=leads_created&minSequence=1");
        asked.Headers.Add("traceparent", parent);
        using var answer = await _client.SendAsync(asked);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());

        SentSpan[] Of() => [.. _collector.Spans.Where(span => span.Trace == trace)];
        (string Service, string Name)[] expected =
        [
            ("gateway", "POST /v1/tenants/{tenant}/events"), ("ingestion", "POST /v1/tenants/{tenant}/events"),
            ("ingestion", "append events"), ("projections", "project events"),
            ("gateway", "GET /v1/tenants/{tenant}/kpis"), ("query", "GET /v1/tenants/{tenant}/kpis"), ("query", "refresh cube"),
        ];
        await Collector.Until(
            () => expected.All(e => Of().Any(span => span.Service == e.Service && span.Span.Name == e.Name))
                && new[] { "ingestion", "projections", "query" }.All(
                    service => Of().Any(span => span.Service == service && span.Scope == "Npgsql")),
            () => "The trace has: " + Text(Of()));
        var spans = Of();
        output.WriteLine(Text(spans));

        // One picture: each span hangs below another, or below the caller's.
        var ids = spans.Select(span => span.Span.SpanId).ToHashSet();
        Assert.All(spans, span => Assert.True(
            ids.Contains(span.Span.ParentSpanId) || Convert.ToHexStringLower(span.Span.ParentSpanId.Span) == root,
            $"{span.Service} {span.Span.Name} hangs nowhere"));
        // The statements of the append and of the lane stand below their spans.
        foreach (var name in new[] { "append events", "project events" })
            Assert.Contains(spans, span => span.Scope == "Npgsql"
                && span.Span.ParentSpanId == spans.First(s => s.Span.Name == name).Span.SpanId);
        // Spans name the tenant; nothing that people wrote.
        Assert.Equal(Tenant, spans.First(span => span.Span.Name == "project events")["crmkpi.tenant"]);
        Assert.Equal("200", spans.First(span => span is { Service: "ingestion", Span.Kind: ServerKind })["http.response.status_code"]);
        Assert.DoesNotContain(spans, span => span.Span.Attributes.Any(a => a.Value.Text.Contains("somebody", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Lines_of_logs_name_their_trace()
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        await Post(1, $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        await Collector.Until(
            () => _collector.Logs.Any(log => log.Service == "ingestion" && Hex(log.Record.TraceId) == trace)
                && _stack.Ingestion.Output.Contains($"\"TraceId\":\"{trace}\"", StringComparison.Ordinal),
            () => $"{_collector.Logs.Count} records, none of trace {trace}. {_stack.Ingestion.Output}");
    }

    [Fact]
    public async Task The_lag_grows_when_lanes_stand_still_and_when_their_process_is_dead()
    {
        var head = await Post(1, null);
        using (var known = await _client.GetAsync($"/v1/tenants/{Tenant}/kpis?kpi=leads_created&minSequence={head}"))
            Assert.True(known.IsSuccessStatusCode, await known.Content.ReadAsStringAsync());
        await Lag(lag => lag == 0, "0 after the first event");

        // A process that lives and does nothing.
        _stack.Projections.Suspend();
        for (var i = 2; i <= 11; i++)
            await Post(i, null);
        await Lag(lag => lag == 10, "10 while the lanes stand still");
        _stack.Projections.Resume();
        await Lag(lag => lag == 0, "0 when they go on");

        // None at all.
        await _stack.Projections.Kill();
        for (var i = 12; i <= 16; i++)
            await Post(i, null);
        await Lag(lag => lag == 5, "5 when the process is dead");
        var age = _collector.Gauge("query", "crmkpi.projection.lag.duration");
        await Collector.Until(
            () => _collector.Gauge("query", "crmkpi.projection.lag.duration") > age + 5, () => $"The lag stays at {age} seconds");
    }

    [Fact]
    public async Task Metrics_count_events_by_what_became_of_them_and_carry_traces()
    {
        await Post(1, $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01");
        await Post(1, null);
        using (var bad = await _client.PostAsync(
            $"/v1/tenants/{Tenant}/events", Body("""{"specversion":"1.0","id":"bad","source":"bitrix24/x","type":"no.such"}""")))
            Assert.Equal(422, (int)bad.StatusCode);
        await Collector.Until(
            () => Outcomes() is { } seen && seen.SetEquals(["accepted:bitrix24", "duplicate:bitrix24", "quarantined:bitrix24"]),
            () => string.Join(", ", Outcomes() ?? []));
        await Collector.Until(
            () => _collector.Metrics.TryGetValue(("ingestion", "crmkpi.append.duration"), out var appended)
                && appended.Histogram.Points.Any(point => point.Exemplars.Count > 0),
            () => "The duration of appends has no exemplar");

        // All that dashboards and alerts read is there, as Prometheus names it.
        var read = (await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Telemetry", "metrics.txt")))
            .Select(line => line.Split(' ')).Where(parts => parts[1] != "external").Select(parts => parts[0]).ToArray();
        Assert.NotEmpty(read);
        using (var kpis = await _client.GetAsync($"/v1/tenants/{Tenant}/kpis?kpi=leads_created&minSequence=1"))
            Assert.True(kpis.IsSuccessStatusCode, await kpis.Content.ReadAsStringAsync());
        string[] Missing() => [.. read.Except(_collector.Metrics.Values.Select(PrometheusName.Of))];
        await Collector.Until(
            () => Missing().Length == 0,
            () => $"Missing: {string.Join(", ", Missing())}\nof {string.Join(", ", _collector.Metrics.Values.Select(PrometheusName.Of).Distinct().Order())}",
            secondsMax: 60);

        // And so are those whom alerts name.
        var named = Directory.EnumerateFiles(Path.Combine(ProcessScript.Root, "charts", "crm-kpi", "alerts"))
            .SelectMany(file => JobName().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct().ToArray();
        Assert.Equal(4, named.Length);
        Assert.Empty(named.Except(_collector.Jobs));

        // What names a tenant, or a source, is nobody's attribute.
        foreach (var metric in _collector.Metrics.Values)
            Assert.DoesNotContain(Attributes(metric), a => a.Value.Text.Contains(Tenant, StringComparison.Ordinal)
                || a.Value.Text.Contains("/x", StringComparison.Ordinal) || a.Key.Contains("tenant", StringComparison.Ordinal));
    }

    [GeneratedRegex("job=\"([^\"]+)\"")]
    private static partial Regex JobName();

    private HashSet<string>? Outcomes() => _collector.Metrics.TryGetValue(("ingestion", "crmkpi.ingest.events"), out var events)
        ? [.. events.Sum.Points.Select(p => $"{p.Attributes.Single(a => a.Key == "crmkpi.outcome").Value.Text}:"
            + p.Attributes.Single(a => a.Key == "crmkpi.source").Value.Text)]
        : null;

    private static IEnumerable<Otlp.Attribute> Attributes(Metric metric) => metric.DataCase switch
    {
        Metric.DataOneofCase.Gauge => metric.Gauge.Points.SelectMany(p => p.Attributes),
        Metric.DataOneofCase.Sum => metric.Sum.Points.SelectMany(p => p.Attributes),
        _ => metric.Histogram.Points.SelectMany(p => p.Attributes),
    };

    private Task Lag(Func<double, bool> holds, string expected) => Collector.Until(
        () => _collector.Gauge("query", "crmkpi.projection.lag.events") is { } lag && holds(lag),
        () => $"The lag is {_collector.Gauge("query", "crmkpi.projection.lag.events")} and should be {expected}");

    private async Task<long> Post(int number, string? parent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/tenants/{Tenant}/events")
        {
            Content = Body($$$"""
                {"specversion":"1.0","id":"e{{{number}}}","source":"bitrix24/x","type":"lead.created","subject":"lead/{{{number}}}",
                "time":"2026-01-05T10:00:00Z","data":{"manager":"somebody"}}
                """),
        };
        if (parent is not null)
            request.Headers.Add("traceparent", parent);
        using var answer = await _client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("sequence").GetInt64();
    }

    private static StringContent Body(string text) => new(text, Encoding.UTF8, "application/cloudevents+json");

    private static string Hex(Google.Protobuf.ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private static string Text(IEnumerable<SentSpan> spans) => string.Join(
        "\n", spans.OrderBy(span => span.Span.StartNanoseconds).Select(span => $"{span.Service} [{span.Scope}] {span.Span.Name}"));
}
