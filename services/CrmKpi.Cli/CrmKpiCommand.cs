using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using CrmKpi.Cli.Agencies;
using CrmKpi.Cli.Import;
using CrmKpi.Cli.Keys;
using CrmKpi.Cli.Kpis;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.OwnKpis;
using CrmKpi.Cli.Projections;
using CrmKpi.Cli.Server;
using CrmKpi.Cli.Tenants;
using CrmKpi.Connectors.Csv.Mapping;

namespace CrmKpi.Cli;

/// <summary>The <c>crmkpi</c> program. Exit codes: 0 done, 1 a problem (said on standard error), 2 wrong usage.</summary>
public static class CrmKpiCommand
{
    public const int Done = 0;
    public const int Problem = 1;
    public const int Usage = 2;

    private static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(10);

    /// <summary>Runs one command line.</summary>
    /// <param name="args">What stands behind <c>crmkpi</c>.</param>
    /// <param name="terminal">Where it writes.</param>
    public static async Task<int> Run(string[] args, Terminal terminal, CancellationToken ct = default)
    {
        var root = Build(terminal);
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = terminal.OutWriter,
                Error = terminal.ErrorWriter,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = StopTimeMax,
            }, ct);
        return parsed.Errors.Count > 0 ? Usage : code;
    }

    private static RootCommand Build(Terminal terminal)
    {
        var options = new CliOptions(terminal);
        var examples = new Examples();
        var runner = new CommandRunner(options, terminal, examples);
        var root = new RootCommand(
            "crmkpi: does the CRM pay off? Agencies, tenants, keys, imports and KPIs of a CrmKpi server.")
        {
            options.Server, options.KeyFile, options.Language,
        };
        root.Add(TenantCommands.Build(runner));
        root.Add(AgencyCommands.Build(runner));
        root.Add(KeyCommands.Build(runner));
        root.Add(AuditCommand.Build(runner));
        root.Add(ImportCommands.Build(runner));
        root.Add(KpisCommand.Build(runner));
        root.Add(ExplainCommand.Build(runner));
        root.Add(OwnKpiCommands.Build(runner));
        root.Add(ProjectionCommands.Verify(runner));
        root.Add(ProjectionCommands.Rebuild(runner));
        examples.Add(root,
            "crmkpi tenant list",
            "crmkpi import csv deals.csv --tenant acme --map deals.yaml --dry-run",
            "crmkpi kpis --tenant acme --kpi lead_conversion,average_deal_size --from 2025-01-01 --to 2025-04-01");
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        return root;
    }
}

/// <summary>Makes the action of a command: language, connection, and errors in one place.</summary>
internal sealed class CommandRunner(CliOptions options, Terminal terminal, Examples examples)
{
    public Terminal Terminal => terminal;

    /// <summary>A command with its examples.</summary>
    public Command Command(string name, string description, string[] example, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Add(option);
            else if (symbol is Argument argument)
                command.Add(argument);
            else
                command.Add((Command)symbol);
        }
        examples.Add(command, example);
        return command;
    }

    /// <summary>Lets a command talk to the server.</summary>
    public void OnServer(Command command, Func<ApiClient, ParseResult, CancellationToken, Task<int>> action) =>
        Alone(command, async (parsed, ct) =>
        {
            using var api = options.Connect(parsed);
            return await action(api, parsed, ct);
        });

    /// <summary>Lets a command run without a server.</summary>
    public void Alone(Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parsed, ct) =>
        {
            options.ApplyLanguage(parsed);
            try
            {
                return await action(parsed, ct);
            }
            catch (ApiException e)
            {
                terminal.Show(e.Problem);
            }
            catch (MappingException e)
            {
                foreach (var problem in e.Problems)
                    terminal.Fail($"{e.File}, {problem}");
            }
            catch (OperationCanceledException)
            {
                terminal.Fail(terminal.Texts.Interrupted);
            }
            catch (Exception e) when (e is CliException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                terminal.Fail(e.Message);
            }
            return CrmKpiCommand.Problem;
        });

    public ApiClient Connect(ParseResult parsed) => options.Connect(parsed);
}

/// <summary>Examples by command, shown under its help.</summary>
internal sealed class Examples
{
    private readonly Dictionary<Command, string[]> _lines = [];

    public void Add(Command command, params string[] lines) => _lines[command] = lines;

    public IReadOnlyList<string> Of(Command command) => _lines.GetValueOrDefault(command) ?? [];
}

internal sealed class HelpWithExamples(HelpAction help, Examples examples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        var lines = examples.Of(parseResult.CommandResult.Command);
        if (lines.Count == 0)
            return code;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in lines)
            output.WriteLine("  " + line);
        output.WriteLine();
        return code;
    }
}
