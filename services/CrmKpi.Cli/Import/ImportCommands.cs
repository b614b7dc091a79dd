using System.CommandLine;
using System.Diagnostics;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;
using CrmKpi.Connectors.Csv;
using CrmKpi.Connectors.Csv.Mapping;

namespace CrmKpi.Cli.Import;

/// <summary><c>crmkpi import csv|events</c>.</summary>
internal static class ImportCommands
{
    private static readonly string[] CsvExamples =
    [
        "crmkpi import csv leads.csv deals.csv --tenant acme --map acme.yaml --dry-run",
        "crmkpi import csv leads.csv deals.csv --tenant acme --map acme.yaml",
    ];

    private static readonly string[] EventExamples = ["crmkpi import events history.ndjson.gz --tenant acme"];

    public static Command Build(CommandRunner runner) => runner.Command(
        "import", "Import a CRM's history; importing again adds only what is new", [.. CsvExamples, .. EventExamples],
        Csv(runner), Events(runner));

    private static Command Csv(CommandRunner runner)
    {
        var files = new Argument<FileInfo[]>("file")
        {
            Description = "Text tables, compressed with gzip or not",
            Arity = ArgumentArity.OneOrMore,
        };
        var map = new Option<FileInfo>("--map") { Description = "The mapping (docs/import-csv.md)", Required = true };
        var common = new CommonOptions();
        var command = runner.Command(
            "csv", "Import text tables by a mapping", CsvExamples, [files, map, .. common.All]);
        runner.Alone(command, async (parsed, ct) =>
        {
            var mapFile = parsed.GetRequiredValue(map);
            if (!mapFile.Exists)
                throw new CliException($"The mapping \"{mapFile}\" does not exist.");
            var source = CsvSource.Create(
                CsvMapping.Load(mapFile.FullName), [.. parsed.GetRequiredValue(files).Select(f => f.FullName)]);
            return await Run(runner, common, parsed, () => OutgoingEvent.From(source, ct), source.BytesTotal,
                [mapFile.FullName, .. source.Files.Select(f => f.Path)], ct);
        });
        return command;
    }

    private static Command Events(CommandRunner runner)
    {
        var file = new Argument<FileInfo>("file") { Description = "CloudEvents 1.0, one JSON object a line, compressed with gzip or not" };
        var common = new CommonOptions();
        var command = runner.Command(
            "events", "Import canonical events", EventExamples, [file, .. common.All]);
        runner.Alone(command, (parsed, ct) =>
        {
            var input = parsed.GetRequiredValue(file);
            if (!input.Exists)
                throw new CliException($"The file \"{input}\" does not exist.");
            return Run(runner, common, parsed, () => NdjsonFile.Read(input.FullName, ct), input.Length, [input.FullName], ct);
        });
        return command;
    }

    private static async Task<int> Run(
        CommandRunner runner, CommonOptions options, ParseResult parsed, Func<IEnumerable<OutgoingEvent>> events, long bytes,
        IReadOnlyList<string> files, CancellationToken ct)
    {
        var strict = parsed.GetValue(options.Strict);
        if (parsed.GetValue(options.DryRun))
            return DryRun.Show(runner.Terminal, events(), strict);
        using var api = runner.Connect(parsed);
        var tenant = parsed.GetRequiredValue(options.Tenant);
        var checkpoint = await Checkpoint.Of(
            Checkpoint.DefaultDirectory(runner.Terminal.Environment), api.Server, tenant, files, ct);
        if (parsed.GetValue(options.Restart))
            checkpoint.Remove();
        return await Send(runner.Terminal, api, tenant, checkpoint, strict, events, bytes, ct);
    }

    private static async Task<int> Send(
        Terminal terminal, ApiClient api, string tenant, Checkpoint checkpoint, bool strict,
        Func<IEnumerable<OutgoingEvent>> events, long bytes, CancellationToken ct)
    {
        var (view, started) = (new ImportView(terminal), Stopwatch.GetTimestamp());
        try
        {
            var report = await view.Run($"{terminal.Texts.Importing} → {tenant}", progress =>
                new Importer(api, tenant) { Checkpoint = checkpoint, Strict = strict, Progress = progress }.Run(events, bytes, ct));
            view.Summarize(report, Stopwatch.GetElapsedTime(started));
            return report.ProblemCount > 0 ? CrmKpiCommand.Problem : CrmKpiCommand.Done;
        }
        catch (ImportStoppedException e)
        {
            view.Summarize(e.Report, Stopwatch.GetElapsedTime(started));
            if (e.InnerException is ApiException { Problem: var problem })
                terminal.Show(problem);
            else
                terminal.Fail(e.Message);
            terminal.ErrorWriter.WriteLine(terminal.Texts.RunAgain);
            return CrmKpiCommand.Problem;
        }
    }

    /// <summary>The options that both commands have.</summary>
    private sealed class CommonOptions
    {
        public Option<string> Tenant { get; } = new("--tenant") { Description = "The tenant", Required = true };

        public Option<bool> DryRun { get; } = new("--dry-run")
        {
            Description = "Show the first events and every problem; send nothing",
        };

        public Option<bool> Strict { get; } = new("--strict")
        {
            Description = "Stop at the first problem instead of leaving such rows out",
        };

        public Option<bool> Restart { get; } = new("--restart")
        {
            Description = "Send everything, even what an interrupted run of the same import had acknowledged",
        };

        public IEnumerable<Symbol> All => [Tenant, DryRun, Strict, Restart];
    }
}
