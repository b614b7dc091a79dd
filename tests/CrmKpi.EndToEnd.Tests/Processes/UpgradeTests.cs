using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrmKpi.Postgres;
using CrmKpi.Testing;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Processes;

/// <summary>
/// A release with new rules is rolled out: its projections run beside the old ones, answers go on, and a generation under
/// the new rules takes over by itself. The release is this checkout's source with another number of its rules, built.
/// </summary>
[Collection(ProcessesCollection.Name)]
public sealed partial class UpgradeTests(ITestOutputHelper output)
{
    private const int EventsPerTenant = 10_000;
    private static readonly string[] Tenants = ["upgrade-a", "upgrade-b", "upgrade-c", "upgrade-d"];
    private static readonly TimeSpan TakeOverMax = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task New_rules_take_over_by_themselves_while_answers_go_on()
    {
        await using var processes = await ProcessScript.Up();
        using var client = processes.Client();
        var histories = Tenants
            .Select((tenant, i) => (Tenant: tenant, Events: SampleHistory.Events(EventsPerTenant, i + 1))).ToArray();
        foreach (var (tenant, events) in histories)
        {
            using var set = await client.PutAsJsonAsync($"/v1/tenants/{tenant}", new { name = tenant });
            set.EnsureSuccessStatusCode();
            await new NdjsonFeed(client, tenant, events, isSlow: false).Run();
        }
        var old = await UntilCounted(client);
        await PublishNext(processes, old.Rules + 1);

        var answers = new AnswerLog(client, Tenants);
        using var stop = new CancellationTokenSource();
        var asking = answers.Run(stop.Token);
        await processes.Run("--published", processes.PathOf("next"), "restart", "projections-1");
        // Side by side: each works on the tenants whose slots it holds.
        await Task.Delay(TimeSpan.FromSeconds(3));
        await processes.Run("--published", processes.PathOf("next"), "restart", "projections-2");
        var took = Stopwatch.StartNew();
        foreach (var tenant in Tenants)
            while ((await Ask(client, tenant)).Rules != old.Rules + 1)
            {
                Assert.True(took.Elapsed < TakeOverMax, $"{tenant} is still under the old rules");
                await Task.Delay(100);
            }
        output.WriteLine($"all under the new rules {took.Elapsed.TotalSeconds:N1} s after the last restart; "
            + $"{answers.All.Count} questions meanwhile, longest gap "
            + $"{answers.LongestGap(TimeSpan.Zero, answers.Now).TotalSeconds:N1} s");
        await stop.CancelAsync();
        await asking;
        Assert.Empty(answers.Failures(TimeSpan.Zero, answers.Now));

        Assert.Equal(old.Values, (await UntilCounted(client)).Values);
        await using var database = new Database(processes.ConnectionString);
        foreach (var (tenant, events) in histories)
        {
            await Ledger.AssertLogHoldsEachEventOnce(database, tenant, events);
            output.WriteLine(await Ledger.AssertCubeEqualsLog(client, database, tenant));
        }
    }

    /// <summary>The KPIs of all tenants, when every event is counted.</summary>
    private static async Task<(int Rules, string Values)> UntilCounted(HttpClient client)
    {
        List<(int Rules, string Values)> all = [];
        foreach (var tenant in Tenants)
            all.Add(await Ask(client, tenant, $"&minSequence={EventsPerTenant}"));
        return (all.Select(a => a.Rules).Distinct().Single(), string.Join('\n', all.Select(a => a.Values)));
    }

    private static async Task<(int Rules, string Values)> Ask(HttpClient client, string tenant, string more = "")
    {
        var answer = await client.GetFromJsonAsync<JsonElement>($"/v1/tenants/{tenant}/kpis"
            + $"?kpi=leads_created,deals_won,revenue,sales_cycle.p90&from=2024-01-01&to=2026-01-01{more}");
        return (answer.GetProperty("rulesVersion").GetInt32(), answer.GetProperty("kpis").GetRawText());
    }

    /// <summary>Builds projections whose rules have another number, from a copy of the source.</summary>
    private static async Task PublishNext(ProcessScript processes, int rules)
    {
        var source = processes.PathOf("source");
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json"])
            Copy(file);
        foreach (var folder in (string[])["services", "protos"])
            foreach (var file in Directory.EnumerateFiles(
                Path.Combine(ProcessScript.Root, folder), "*", SearchOption.AllDirectories))
            {
                var relative = Path.GetRelativePath(ProcessScript.Root, file);
                if (!Built().IsMatch(relative))
                    Copy(relative);
            }
        var measures = Path.Combine(source, "services/CrmKpi.Domain/Cube/Measures.cs");
        var text = await File.ReadAllTextAsync(measures);
        var changed = text.Replace(
            $"RulesVersion = {rules - 1};", $"RulesVersion = {rules};", StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        await File.WriteAllTextAsync(measures, changed);
        await ProcessScript.Execute(
            "dotnet", "publish", Path.Combine(source, "services/CrmKpi.Projections"), "-c", "Debug",
            "-p:UseAppHost=false", "-p:RunAnalyzers=false", "-nologo", "-v", "quiet",
            "-o", processes.PathOf("next/Projections"));

        void Copy(string file)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(source, file))!);
            File.Copy(Path.Combine(ProcessScript.Root, file), Path.Combine(source, file));
        }
    }

    [GeneratedRegex("[/\\\\](bin|obj)[/\\\\]")]
    private static partial Regex Built();
}
