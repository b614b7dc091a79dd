using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CrmKpi.Cli.Import;
using CrmKpi.Cli.Kpis;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Projections;
using CrmKpi.Cli.Server;
using CrmKpi.Connectors.Csv;
using CrmKpi.Connectors.Csv.Mapping;
using CrmKpi.Local.Stack;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Local.Demo;

/// <summary>Loads the demo data through the gateway, as any client would, and shows what comes of it.</summary>
internal sealed class DemoRun(LocalStack stack, Terminal terminal, LocalTexts texts)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ImportKeyLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan QueryKeyLife = TimeSpan.FromDays(1);

    public async Task Run(CancellationToken ct)
    {
        // A key of its own: the admin key was shown at the first start and is not known any more.
        var (key, text) = await stack.Keys.Create(
            "demo import", TenantStore.DefaultAgency, Scopes.Admin | Scopes.Ingest | Scopes.Query, null,
            DateTimeOffset.UtcNow + ImportKeyLife, ct);
        try
        {
            using var api = new ApiClient(stack.Gateway, text);
            foreach (var set in DemoSet.All)
                await Load(api, set, ct);
            await ShowAddresses(api, ct);
        }
        finally
        {
            await stack.KeysEnd.Revoke(key.Id, ActedBy.Process("crmkpi local"), CancellationToken.None);
        }
    }

    private async Task Load(ApiClient api, DemoSet set, CancellationToken ct)
    {
        var path = $"/v1/tenants/{set.Tenant}";
        var settings = await api.Put(path, await File.ReadAllTextAsync(set.SettingsPath, ct), ct);
        terminal.OutWriter.WriteLine();
        terminal.OutWriter.WriteLine($"{set.Tenant}: {settings.GetProperty("settings").Text("name")}");

        var source = CsvSource.Create(CsvMapping.Load(set.MappingPath), set.Paths);
        var (view, started) = (new ImportView(terminal), Stopwatch.GetTimestamp());
        var report = await view.Run($"{terminal.Texts.Importing} → {set.Tenant}", progress =>
            new Importer(api, set.Tenant) { Strict = true, Progress = progress }
                .Run(() => OutgoingEvent.From(source, ct), source.BytesTotal, ct));
        view.Summarize(report, Stopwatch.GetElapsedTime(started));

        await new Wait(terminal).For(texts.Computing,
            () => api.Get($"{path}/projection", ct),
            status => (status.Number("sequence") ?? 0, report.Sequence),
            status => status.Number("sequence") >= report.Sequence, PollInterval, ct);
        foreach (var question in set.Questions)
            new KpiTable(terminal).Write(
                await api.Get($"{path}/kpis?{question}&minSequence={report.Sequence}&lang={terminal.Texts.Language}", ct));
    }

    private async Task ShowAddresses(ApiClient api, CancellationToken ct)
    {
        var answer = await api.Post("/v1/keys", JsonSerializer.Serialize(new
        {
            name = "demo",
            scopes = new[] { "query" },
            tenants = DemoSet.All.Select(s => s.Tenant),
            expiresAt = (DateTimeOffset.UtcNow + QueryKeyLife).ToString("O", CultureInfo.InvariantCulture),
        }), ct);
        var output = terminal.OutWriter;
        output.WriteLine();
        output.WriteLine(texts.TryIt);
        output.WriteLine($"  export CRMKPI_KEY={answer.Text("key")}");
        foreach (var set in DemoSet.All)
            output.WriteLine($"  curl -H \"Authorization: Bearer $CRMKPI_KEY\" \"{stack.Gateway}v1/tenants/{set.Tenant}/kpis?{set.Questions[^1]}\"");
        output.WriteLine($"  curl -H \"Authorization: Bearer $CRMKPI_KEY\" \"{stack.Gateway}v1/kpis\"");
        output.WriteLine();
    }
}
