using System.CommandLine;
using System.Text.Json;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;
using Spectre.Console;

namespace CrmKpi.Cli.Tenants;

/// <summary><c>crmkpi tenant delete</c>: asks, takes the tenant away, waits for the end, shows the proof.</summary>
internal static class DeleteCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    public static Command Build(CommandRunner runner)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant" };
        var confirm = new Option<string?>("--confirm")
        {
            Description = "The tenant's id once more, in place of the question",
        };
        var command = runner.Command(
            "delete", "Delete a tenant for good. The server goes on when this is interrupted; call it again to wait",
            ["crmkpi tenant delete acme", "crmkpi tenant delete acme --confirm acme"], tenant, confirm);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var id = parsed.GetRequiredValue(tenant);
            Confirm(runner.Terminal, id, parsed.GetValue(confirm));
            var path = $"/v1/tenants/{Uri.EscapeDataString(id)}";
            var deletion = await api.Delete($"{path}?confirm={Uri.EscapeDataString(id)}", ct);
            deletion = await Finish(runner.Terminal, api, $"{path}/deletion", deletion, ct);
            var scan = deletion.GetProperty("scan");
            runner.Terminal.OutWriter.WriteLine(runner.Terminal.Format(
                runner.Terminal.Texts.Erased, id, deletion.Number("rows"),
                scan.GetProperty("found").EnumerateObject().Count(), scan.Number("rows")));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static void Confirm(Terminal terminal, string tenant, string? given)
    {
        if (given is null && terminal.Interactive && !Console.IsInputRedirected)
            given = terminal.Error.Prompt(
                new TextPrompt<string>(Markup.Escape(terminal.Format(terminal.Texts.ConfirmDeletion, tenant))));
        if (given != tenant)
            throw new CliException($"Nothing was deleted: say that you mean it with --confirm {tenant}.");
    }

    private static async Task<JsonElement> Finish(
        Terminal terminal, ApiClient api, string path, JsonElement deletion, CancellationToken ct)
    {
        var lines = new StatusLines(terminal);
        while (deletion.Text("state") != "done")
        {
            await Task.Delay(PollInterval, ct);
            deletion = await api.Get(path, ct);
            lines.Show(() => terminal.Format(terminal.Texts.Erasing, deletion.Text("tenant"), deletion.Number("rows")));
        }
        return deletion;
    }
}
