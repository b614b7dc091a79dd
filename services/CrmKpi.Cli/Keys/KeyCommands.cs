using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;

namespace CrmKpi.Cli.Keys;

/// <summary><c>crmkpi key create|list|rotate|revoke</c>.</summary>
internal static class KeyCommands
{
    public static Command Build(CommandRunner runner) => runner.Command(
        "key", "Make, list, rotate and revoke keys",
        [
            "crmkpi key create --name \"Power BI\" --scope query --tenant acme --days 365",
            "crmkpi key list",
            "crmkpi key rotate 7f3a9c --overlap 48",
            "crmkpi key revoke 7f3a9c",
        ],
        Create(runner), List(runner), Rotate(runner), Revoke(runner));

    private static Command Create(CommandRunner runner)
    {
        var name = new Option<string>("--name") { Description = "What the key is for", Required = true };
        var scopes = new Option<string[]>("--scope")
        {
            Description = "What it may do; may be given several times: ingest, query, admin, operator",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        scopes.AcceptOnlyFromAmong("ingest", "query", "admin", "operator");
        var tenants = new Option<string[]>("--tenant")
        {
            Description = "The tenants it is bound to; may be given several times. Default: all of the agency",
            AllowMultipleArgumentsPerToken = true,
        };
        var agency = new Option<string?>("--agency")
        {
            Description = "The agency whose key it is, for operators. Default: that of the key in use",
        };
        var days = new Option<int?>("--days") { Description = "Days until it expires. Default: it does not" };
        var command = runner.Command("create", "Make a key; its text is shown once",
            ["crmkpi key create --name \"Power BI\" --scope query --tenant acme --days 365"],
            name, scopes, tenants, agency, days);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var bound = parsed.GetValue(tenants) is { Length: > 0 } some ? some : null;
            var expires = parsed.GetValue(days) is { } number ? DateTimeOffset.UtcNow.AddDays(number) : (DateTimeOffset?)null;
            var answer = await api.Post("/v1/keys", JsonSerializer.Serialize(new
            {
                name = parsed.GetValue(name),
                agency = parsed.GetValue(agency),
                scopes = parsed.GetValue(scopes)!.Distinct(),
                tenants = bound,
                expiresAt = expires?.ToString("O", CultureInfo.InvariantCulture),
            }), ct);
            return ShowOnce(runner.Terminal, answer);
        });
        return command;
    }

    private static Command List(CommandRunner runner)
    {
        var agency = new Option<string?>("--agency")
        {
            Description = "The agency whose keys, for operators. Default: that of the key in use",
        };
        var command = runner.Command("list", "List keys, without their secrets", ["crmkpi key list"], agency);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var texts = runner.Terminal.Texts;
            var of = parsed.GetValue(agency) is { } id ? $"?agency={Uri.EscapeDataString(id)}" : "";
            var keys = await api.GetAll($"/v1/keys{of}", "keys", ct);
            runner.Terminal.Out.Write(PlainTable.Of(
                [
                    "id", texts.Name, texts.Scopes, texts.Tenants, texts.Created, texts.LastUsed, texts.Expires,
                    texts.Revoked, texts.ReplacedBy, texts.Warning,
                ],
                new HashSet<int>(),
                keys.Select(k => (IReadOnlyList<string>)
                [
                    k.Text("id"), k.Text("name"), string.Join(", ", k.Texts("scopes") ?? []),
                    k.Texts("tenants") is { } bound ? string.Join(", ", bound) : texts.AllTenants,
                    Minute(k.Text("createdAt")), Minute(k.Text("lastUsedAt")), Minute(k.Text("expiresAt")),
                    Minute(k.Text("revokedAt")), k.Text("replacedBy"), string.Join(", ", k.Texts("warnings") ?? []),
                ]),
                new HashSet<int> { 0, 8 }));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    // 2026-03-04T12:30:15.123Z to the minute, since the table is wide.
    private static string Minute(string time) => time.Length > 16 ? time[..16].Replace('T', ' ') : time;

    private static Command Rotate(CommandRunner runner)
    {
        var id = new Argument<string>("id") { Description = "The key's id (from \"key list\"), not its text" };
        var overlap = new Option<double>("--overlap")
        {
            Description = "Hours for which the old key goes on, 0 to 720. Default: 24",
            DefaultValueFactory = _ => 24,
        };
        var command = runner.Command(
            "rotate", "Make a key in place of another; its text is shown once",
            ["crmkpi key rotate 7f3a9c --overlap 48"], id, overlap);
        runner.OnServer(command, async (api, parsed, ct) => ShowOnce(runner.Terminal, await api.Post(
            $"/v1/keys/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/rotate",
            JsonSerializer.Serialize(new { overlapHours = parsed.GetValue(overlap) }), ct)));
        return command;
    }

    private static int ShowOnce(Terminal terminal, JsonElement made)
    {
        terminal.OutWriter.WriteLine(made.Text("key"));
        terminal.ErrorWriter.WriteLine(terminal.Texts.ShownOnce);
        return CrmKpiCommand.Done;
    }

    private static Command Revoke(CommandRunner runner)
    {
        var id = new Argument<string>("id") { Description = "The key's id (from \"key list\"), not its text" };
        var command = runner.Command("revoke", "Revoke a key", ["crmkpi key revoke 7f3a9c"], id);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            await api.Delete($"/v1/keys/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", ct);
            runner.Terminal.OutWriter.WriteLine($"{parsed.GetRequiredValue(id)}: {runner.Terminal.Texts.Revoked}");
            return CrmKpiCommand.Done;
        });
        return command;
    }
}
