using System.IO.Compression;
using System.Text;
using CrmKpi.Testing;

namespace CrmKpi.EndToEnd.Tests.Fuzz;

/// <summary>Right requests of every kind, for <see cref="Mutator"/> to spoil.</summary>
internal static class Corpus
{
    private const string Period = "from=2024-03-01&to=2024-06-01";

    private static readonly string[] Queries =
    [
        $"kpis?kpi=revenue,lead_conversion.within30,sales_cycle.p90&{Period}&grain=month&groupBy=manager&compare=previous&lang=ru",
        $"kpis?kpi=win_rate&{Period}&filter=pipeline:main,other&filter=manager:(blank)&format=csv&delimiter=;&bom=true",
        $"kpis?kpi=leads_created&{Period}&grain=day&compare=custom&compareFrom=2023-03-01&compareTo=2023-06-01&limit=5",
        $"kpis?kpi=revenue&{Period}&compare=year&match=weekday&asOf=20&minSequence=1",
        $"funnel?pipeline=main&{Period}&filter=source:ads",
        $"cohorts?{Period}&months=6",
        "targets?limit=10&lang=en",
        $"roi?{Period}&benefit=both&baselineFrom=2023-01-01&baselineTo=2023-06-01&hourlyCost=900",
        $"explain?kpi=win_rate&{Period}&part=denominator&limit=20",
        "events?stream=deal/1&after=0&limit=10",
        "quarantine?after=0&limit=10",
        "projection",
        "verify",
        "kpis/own",
        "",
    ];

    /// <summary>Requests about a tenant with events of its own.</summary>
    public static IReadOnlyList<RawRequest> Requests(string tenant, string key)
    {
        var events = SampleHistory.Events(200, seed: 1);
        var lines = SampleHistory.ToNdjson(events.Take(20), "fuzz");
        var path = $"/v1/tenants/{tenant}";
        (string, string)[] common = [("Host", "localhost"), ("Authorization", $"Bearer {key}")];
        return
        [
            .. Queries.Select(q => Get($"{path}/{q}".TrimEnd('/'))),
            Get("/v1/kpis?lang=ru"), Get("/v1/tenants?limit=10"), Get("/v1/keys?limit=10"), Get("/health/ready"),
            .. events.DistinctBy(e => e.Type).Select(e => Post("application/cloudevents+json", e.ToCloudEvent("fuzz"))),
            Post("application/cloudevents-batch+json", $"[{string.Join(',', events.Take(5).Select(e => e.ToCloudEvent("fuzz")))}]"),
            Lines(lines),
            Lines(Gzip(lines)).With("Content-Encoding", "gzip"),
            Send("PUT", path, """{"name":"Fuzz","timeZone":"Europe/Moscow","currency":"RUB","inactivityDays":90}"""),
            Send("PUT", $"{path}/baseline", """{"from":"2024-01-01","to":"2024-03-01"}"""),
            Send("PUT", $"{path}/targets", """[{"kpi":"revenue","value":100000,"per":"month","due":"2026-06-30"}]"""),
            Send("PUT", $"{path}/kpis/own_one", """{"name":{"en":"One"},"formula":"revenue / deals_won","unit":"money","better":"up"}"""),
            Send("POST", $"{path}/quarantine/retry", """{"ids":[1,2,3]}"""),
            Send("POST", $"{path}/clone", $$"""{"from":"{{tenant}}","what":["kpis","targets","settings"]}"""),
            Send("POST", "/v1/keys", $$"""{"name":"fuzz","scopes":["query"],"tenants":["{{tenant}}"],"expiresAt":"2031-01-01T00:00:00Z"}"""),
        ];

        RawRequest Get(string target) => new("GET", target, common, []);
        RawRequest Send(string method, string target, string json) =>
            new(method, target, [.. common, ("Content-Type", "application/json")], Encoding.UTF8.GetBytes(json));
        RawRequest Post(string type, string json) => Send("POST", $"{path}/events", json).With("Content-Type", type);
        RawRequest Lines(byte[] body) => Post("application/x-ndjson", "") with { Body = body };
    }

    private static byte[] Gzip(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(body);
        return packed.ToArray();
    }
}
