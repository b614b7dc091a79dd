using System.Net;
using System.Text.Json;

namespace CrmKpi.EndToEnd.Tests;

/// <summary>Runs <c>POST …/verify</c> and waits for its result.</summary>
public sealed record Verification(long CellsCompared, long FactsCompared, long Differences, IReadOnlyList<string> Examples)
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(3);

    /// <summary>Verifies a tenant's read models through the gateway.</summary>
    public static async Task<Verification> Run(HttpClient client, string tenant)
    {
        using var stop = new CancellationTokenSource(Within);
        using var started = await client.PostAsync($"/v1/tenants/{tenant}/verify", null, stop.Token);
        Assert.True(started.StatusCode == HttpStatusCode.Accepted, await started.Content.ReadAsStringAsync(stop.Token));
        while (true)
        {
            using var report = JsonDocument.Parse(await client.GetStringAsync($"/v1/tenants/{tenant}/verify", stop.Token));
            var root = report.RootElement;
            Assert.NotEqual("failed", root.GetProperty("state").GetString());
            if (root.GetProperty("state").GetString() == "done")
                return new(root.GetProperty("cells").GetInt64(), root.GetProperty("facts").GetInt64(),
                    root.GetProperty("differences").GetInt64(),
                    [.. root.GetProperty("examples").EnumerateArray().Select(e => e.GetString()!)]);
            await Task.Delay(100, stop.Token);
        }
    }
}
