using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrmKpi.Cli.Output;

namespace CrmKpi.Cli.Keys;

/// <summary><c>crmkpi key create|list|revoke</c>.</summary>
internal static class KeyCommands
{
    private const int PageSize = 1000;

    public static Command Build(CommandRunner runner) => runner.Command(
        "key", "Make, list and revoke keys",
        [
            "crmkpi key create --name \"Power BI\" --scope query --tenant acme --days 365",
            "crmkpi key list",
            "crmkpi key revoke 7f3a9c",
        ],
        Create(runner), List(runner), Revoke(runner));

    private static Command Create(CommandRunner runner)
    {
        var name = new Option<string>("--name") { Description = "What the key is for", Required = true };
        var scopes = new Option<string[]>("--scope")
        {
            Description = "What it may do; may be given several times: ingest, query, admin",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        scopes.AcceptOnlyFromAmong("ingest", "query", "admin");
        var tenants = new Option<string[]>("--tenant")
        {
            Description = "The tenants it is bound to; may be given several times. Default: all of the agency",
            AllowMultipleArgumentsPerToken = true,
        };
        var days = new Option<int?>("--days") { Description = "Days until it expires. Default: it does not" };
        var command = runner.Command("create", "Make a key; its text is shown once",
            ["crmkpi key create --name \"Power BI\" --scope query --tenant acme --days 365"], name, scopes, tenants, days);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var bound = parsed.GetValue(tenants) is { Length: > 0 } some ? some : null;
            var expires = parsed.GetValue(days) is { } number ? DateTimeOffset.UtcNow.AddDays(number) : (DateTimeOffset?)null;
            var answer = await api.Post("/v1/keys", JsonSerializer.Serialize(new
            {
                name = parsed.GetValue(name),
                scopes = parsed.GetValue(scopes)!.Distinct(),
                tenants = bound,
                expiresAt = expires?.ToString("O", CultureInfo.InvariantCulture),
            }), ct);
            runner.Terminal.OutWriter.WriteLine(answer.Text("key"));
            runner.Terminal.ErrorWriter.WriteLine(runner.Terminal.Texts.ShownOnce);
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static Command List(CommandRunner runner)
    {
        var command = runner.Command("list", "List keys, without their secrets", ["crmkpi key list"]);
        runner.OnServer(command, async (api, _, ct) =>
        {
            var texts = runner.Terminal.Texts;
            var (rows, after) = (new List<IReadOnlyList<string>>(), "");
            do
            {
                var page = await api.Get($"/v1/keys?limit={PageSize}&after={Uri.EscapeDataString(after)}", ct);
                rows.AddRange(page.GetProperty("keys").EnumerateArray().Select(k => (IReadOnlyList<string>)
                [
                    k.Text("id"), k.Text("name"), string.Join(", ", k.Texts("scopes") ?? []),
                    k.Texts("tenants") is { } bound ? string.Join(", ", bound) : texts.AllTenants,
                    k.Text("createdAt"), k.Text("expiresAt"), k.Text("revokedAt"),
                ]));
                after = page.Text("next");
            } while (after.Length > 0);
            runner.Terminal.Out.Write(PlainTable.Of(
                ["id", texts.Name, texts.Scopes, texts.Tenants, texts.Created, texts.Expires, texts.Revoked], new HashSet<int>(), rows));
            return CrmKpiCommand.Done;
        });
        return command;
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
