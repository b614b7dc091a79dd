using System.CommandLine;
using System.Text.Json;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;
using Spectre.Console;

namespace CrmKpi.Cli.Tenants;

/// <summary><c>crmkpi tenant move</c>: begins, or joins what is under way, and waits until the tenant lives there.</summary>
internal static class MoveCommand
{
    private const string To = "--to";
    private const string Cancel = "--cancel";
    private const string WaitCleared = "--wait-cleared";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    private static readonly string[] Over = ["done", "failed"];

    public static Command Build(CommandRunner runner)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant" };
        var to = new Option<string?>(To) { Description = "The database in which it shall live: a name of the configuration, or main" };
        var cancel = new Option<bool>(Cancel) { Description = "Cancel the move that is under way; the tenant stays where it is" };
        var cleared = new Option<bool>(WaitCleared) { Description = "Wait until the old copy is gone, too" };
        var command = runner.Command(
            "move",
            "Move a tenant to another database, for operators. The server goes on when this is interrupted; call it again to wait",
            ["crmkpi tenant move acme --to second", "crmkpi tenant move acme --to main --wait-cleared", "crmkpi tenant move acme --cancel"],
            tenant, to, cancel, cleared);
        command.Validators.Add(result =>
        {
            // Whether they are there at all: a value that is missing or wrong is told by the option itself.
            var isCancelled = result.GetResult(cancel) is not null;
            if (result.GetResult(to) is null != isCancelled)
                result.AddError($"Say where the tenant shall live with {To}, or take the move back with {Cancel}.");
            else if (isCancelled && result.GetResult(cleared) is not null)
                result.AddError($"{WaitCleared} goes with {To}.");
        });
        runner.OnServer(command, (api, parsed, ct) =>
        {
            var path = $"/v1/tenants/{Uri.EscapeDataString(parsed.GetRequiredValue(tenant))}/move";
            return parsed.GetValue(to) is { } target
                ? Move(runner.Terminal, api, path, target, parsed.GetValue(cleared), ct)
                : TakeBack(runner.Terminal, api, path, ct);
        });
        return command;
    }

    private static async Task<int> Move(
        Terminal terminal, ApiClient api, string path, string target, bool untilCleared, CancellationToken ct)
    {
        string[] ends = untilCleared ? Over : [.. Over, "clearing"];
        var move = await Until(terminal, api, path, await Begin(api, path, target, ct), ends, ct);
        if (move.Text("state") == "failed")
            throw new CliException(terminal.Format(
                terminal.Texts.MoveFailed, move.Text("tenant"), move.Text("source"), move.Text("failure")));
        terminal.OutWriter.WriteLine(move.Text("state") == "done"
            ? terminal.Format(terminal.Texts.Moved, move.Text("tenant"), move.Text("target"))
            : Told(terminal, move));
        return CrmKpiCommand.Done;
    }

    private static async Task<int> TakeBack(Terminal terminal, ApiClient api, string path, CancellationToken ct)
    {
        var move = await Until(terminal, api, path, await api.Delete(path, ct), Over, ct);
        terminal.OutWriter.WriteLine(terminal.Format(terminal.Texts.MoveCancelled, move.Text("tenant"), move.Text("source")));
        return CrmKpiCommand.Done;
    }

    /// <summary>The move; the last one, when that has brought the tenant there already.</summary>
    private static async Task<JsonElement> Begin(ApiClient api, string path, string target, CancellationToken ct)
    {
        try
        {
            return await api.Post(path, JsonSerializer.Serialize(new { database = target }), ct);
        }
        catch (ApiException e) when (e.Problem.Code == "tenant_move")
        {
            if (await Last(api, path, ct) is { } last && last.Text("target") == target && last.Text("state") == "done")
                return last;
            throw;
        }
    }

    private static async Task<JsonElement?> Last(ApiClient api, string path, CancellationToken ct)
    {
        try
        {
            return await api.Get(path, ct);
        }
        catch (ApiException e) when (e.Problem.Code == "move_not_found")
        {
            return null;
        }
    }

    private static async Task<JsonElement> Until(
        Terminal terminal, ApiClient api, string path, JsonElement move, string[] ends, CancellationToken ct)
    {
        if (!terminal.Interactive)
            return await Poll(api, path, move, ends, Lines(terminal), ct);
        var last = move;
        await terminal.Error.Status().StartAsync(Markup.Escape(Told(terminal, move)), async context =>
            last = await Poll(api, path, move, ends, now => context.Status = Markup.Escape(Told(terminal, now)), ct));
        return last;
    }

    private static async Task<JsonElement> Poll(
        ApiClient api, string path, JsonElement move, string[] ends, Action<JsonElement> show, CancellationToken ct)
    {
        while (!ends.Contains(move.Text("state")))
        {
            show(move);
            await Task.Delay(PollInterval, ct);
            move = await api.Get(path, ct);
        }
        return move;
    }

    private static Action<JsonElement> Lines(Terminal terminal)
    {
        var lines = new StatusLines(terminal);
        return move => lines.Show(() => Told(terminal, move));
    }

    private static string Told(Terminal terminal, JsonElement move)
    {
        var (texts, tenant, source, target) = (terminal.Texts, move.Text("tenant"), move.Text("source"), move.Text("target"));
        return move.Text("state") switch
        {
            "copying" => terminal.Format(texts.Moving, tenant, target, move.Number("copied")),
            "aborting" => terminal.Format(texts.ClearingCopy, tenant, source, target),
            _ => terminal.Format(texts.ClearingCopy, tenant, target, source),
        };
    }
}
