using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using CrmKpi.Cli.Import;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;
using CrmKpi.Local.Demo;
using CrmKpi.Local.Stack;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Embedded;

namespace CrmKpi.Local;

/// <summary>The command line of the local product. Exit codes: 0 stopped as asked, 1 a problem, 2 wrong usage.</summary>
public static class LocalCommand
{
    private const string PostgresVariable = "CRMKPI_POSTGRES";

    private static readonly TimeSpan StopTimeMax = TimeSpan.FromMinutes(2);

    /// <summary>Runs one command line until it is told to stop.</summary>
    public static async Task<int> Run(string[] args, Terminal terminal, CancellationToken ct = default)
    {
        var port = new Option<int>("--port") { Description = "The gateway's port on localhost; 0 = any free one", DefaultValueFactory = _ => LocalOptions.PortDefault };
        var grpcPort = new Option<int?>("--grpc-port")
        {
            Description = $"The gateway's port for gRPC on localhost; 0 = any free one. Default: {LocalOptions.GrpcPortDefault}, "
                + "with --port 0 any free one",
        };
        port.Validators.Add(r => CheckPort(r, r.GetValueOrDefault<int>()));
        grpcPort.Validators.Add(r => CheckPort(r, r.GetValueOrDefault<int?>() ?? 0));
        var data = new Option<string?>("--data") { Description = $"Where database and logs lie. Default: {EmbeddedServer.DefaultDataDirectory}" };
        var postgres = new Option<string?>("--postgres") { Description = $"Connection string of a PostgreSQL server to use instead of the embedded one. Default: the variable {PostgresVariable}" };
        var demo = new Option<bool>("--demo") { Description = "Load real data into two tenants, show their KPIs and addresses to try" };
        var exit = new Option<bool>("--exit") { Description = "Stop when everything is ready (and the demo shown)" };
        var newKey = new Option<bool>("--new-admin-key") { Description = "Make another admin key and show it" };
        var language = new Option<string?>("--lang") { Description = "Language of the output: ru or en" };
        language.AcceptOnlyFromAmong("ru", "en");
        var root = new RootCommand("CrmKpi in one process: gateway, ingestion, projections and query on an embedded PostgreSQL.")
        {
            port, grpcPort, data, postgres, demo, exit, newKey, language,
        };
        root.SetAction((parsed, stop) =>
        {
            var wanted = parsed.GetValue(language) ?? terminal.Environment("CRMKPI_LANG");
            terminal.Texts = Texts.Of(wanted ?? CultureInfo.CurrentUICulture.TwoLetterISOLanguageName) ?? Texts.En;
            var options = new LocalOptions
            {
                Port = parsed.GetValue(port),
                GrpcPort = parsed.GetValue(grpcPort) ?? (parsed.GetValue(port) == 0 ? 0 : LocalOptions.GrpcPortDefault),
                Data = Path.GetFullPath(parsed.GetValue(data) ?? EmbeddedServer.DefaultDataDirectory),
                Postgres = parsed.GetValue(postgres) ?? terminal.Environment(PostgresVariable),
            };
            return new LocalRun(terminal).Run(
                options, parsed.GetValue(demo), parsed.GetValue(exit), parsed.GetValue(newKey), stop);
        });
        var result = root.Parse(args);
        var code = await result.InvokeAsync(new InvocationConfiguration
        {
            Output = terminal.OutWriter,
            Error = terminal.ErrorWriter,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = StopTimeMax,
        }, ct);
        return result.Errors.Count > 0 ? 2 : code;
    }

    private static void CheckPort(OptionResult result, int port)
    {
        if (port is < 0 or > 65535)
            result.AddError("A port is a number from 0 to 65535.");
    }
}

/// <summary>One run: start, show, demo, serve, stop.</summary>
internal sealed class LocalRun(Terminal terminal)
{
    private readonly LocalTexts _texts = LocalTexts.Of(terminal.Texts);

    public async Task<int> Run(LocalOptions options, bool demo, bool exit, bool newAdminKey, CancellationToken stop)
    {
        try
        {
            terminal.ErrorWriter.WriteLine(_texts.Starting);
            await using var stack = await LocalStack.Start(options, stop);
            await ShowBanner(stack, options, newAdminKey, stop);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, stack.Failed);
            var code = await Serve(stack, demo, exit, end.Token);
            if (stack.Failed.IsCancellationRequested)
            {
                terminal.Fail($"{_texts.ServiceFailed} {stack.LogPath}");
                code = 1;
            }
            terminal.ErrorWriter.WriteLine(_texts.Stopping);
            await stack.DisposeAsync();
            terminal.ErrorWriter.WriteLine(_texts.Stopped);
            return code;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            terminal.ErrorWriter.WriteLine(_texts.Stopped);
            return 0;
        }
        catch (Exception e) when (Explain(e) is { } message)
        {
            terminal.Fail(message);
            return 1;
        }
    }

    private async Task<int> Serve(LocalStack stack, bool demo, bool exit, CancellationToken end)
    {
        try
        {
            if (demo)
                await new DemoRun(stack, terminal, _texts).Run(end);
            if (exit)
                return 0;
            terminal.ErrorWriter.WriteLine(_texts.Stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, end);
        }
        catch (Exception e) when (end.IsCancellationRequested && e is OperationCanceledException or ImportStoppedException)
        {
            // Told to stop: what was acknowledged stays, the next run goes on.
        }
        catch (ApiException e)
        {
            terminal.Show(e.Problem);
            return 1;
        }
        return 0;
    }

    private async Task ShowBanner(LocalStack stack, LocalOptions options, bool newAdminKey, CancellationToken ct)
    {
        var output = terminal.OutWriter;
        output.WriteLine($"{_texts.Running} {stack.Gateway}");
        output.WriteLine($"  gRPC: {stack.Grpc}");
        output.WriteLine(options.Postgres is null ? $"  {_texts.DataIn} {options.Data}" : $"  {_texts.DatabaseIs} --postgres");
        output.WriteLine($"  {_texts.LogsIn} {stack.LogPath}");
        var (title, key) = (_texts.FirstKey, stack.FirstAdminKey);
        if (newAdminKey && key is null)
            (title, key) = (_texts.NewKey, (await stack.Keys.Create("admin", TenantStore.DefaultAgency,
                Scopes.All, null, null, ct)).Text);
        if (key is null)
            return;
        output.WriteLine();
        output.WriteLine($"  {title}");
        output.WriteLine($"    {key}");
    }

    /// <summary>What to tell the user; null for what nobody foresaw, which ends with its trace.</summary>
    private static string? Explain(Exception e) => e switch
    {
        PortTakenException or InvalidOperationException or TimeoutException => e.Message,
        ImportStoppedException { InnerException: ApiException { Problem: var problem } } => $"{problem.Detail} ({problem.Code})",
        ImportStoppedException => e.Message,
        Npgsql.NpgsqlException => $"The database cannot be used: {e.Message}",
        IOException or UnauthorizedAccessException => e.Message,
        _ => null,
    };
}
