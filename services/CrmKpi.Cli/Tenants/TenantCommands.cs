using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;

namespace CrmKpi.Cli.Tenants;

/// <summary><c>crmkpi tenant list|show|set|clone|move|delete</c>.</summary>
internal static class TenantCommands
{
    public static Command Build(CommandRunner runner) => runner.Command(
        "tenant", "List, show, set up, clone, move and delete tenants (client portals)",
        [
            "crmkpi tenant list",
            "crmkpi tenant set acme --name \"Acme GmbH\" --time-zone Europe/Berlin --currency EUR",
            "crmkpi tenant set acme --file acme.tenant.json",
        ],
        List(runner), Show(runner), Set(runner), CloneCommand.Build(runner), MoveCommand.Build(runner), DeleteCommand.Build(runner));

    private static Command List(CommandRunner runner)
    {
        var command = runner.Command("list", "List the tenants that the key may see", ["crmkpi tenant list"]);
        runner.OnServer(command, async (api, _, ct) =>
        {
            var tenants = await api.GetAll("/v1/tenants", "tenants", ct);
            var texts = runner.Terminal.Texts;
            runner.Terminal.Out.Write(PlainTable.Of(
                ["id", texts.Name, texts.Created], new HashSet<int>(),
                tenants.Select(t => (IReadOnlyList<string>)[t.Text("id"), t.Text("name"), t.Text("createdAt")])));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static Command Show(CommandRunner runner)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant's id" };
        var command = runner.Command("show", "Show a tenant's settings", ["crmkpi tenant show acme"], tenant);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var answer = await api.Get($"/v1/tenants/{Uri.EscapeDataString(parsed.GetRequiredValue(tenant))}", ct);
            runner.Terminal.OutWriter.WriteLine(JsonSerializer.Serialize(answer, Json.Indented));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static Command Set(CommandRunner runner)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant's id: lower-case letters, digits, hyphens" };
        var file = new Option<FileInfo?>("--file") { Description = "Settings as JSON: the body of PUT /v1/tenants/{tenant}" };
        Option<string?>[] single =
        [
            new("--name") { Description = "The client's name" },
            new("--time-zone") { Description = "IANA time zone of its days, for example Europe/Moscow" },
            new("--currency") { Description = "ISO 4217 code" },
            new("--locale") { Description = "ru or en" },
            new("--crm") { Description = "The CRM, for example bitrix24" },
            new("--industry") { Description = "For benchmarks" },
            new("--purchase-source") { Description = "What a purchase is: deals (won deals with a customer) or payments" },
            new("--crm-launched") { Description = "The day on which the CRM went live, for example 2025-03-01" },
        ];
        var inactivity = new Option<int?>("--inactivity-days") { Description = "Days without a purchase until a customer is inactive" };
        var command = runner.Command("set", "Register a tenant, or change its settings",
            ["crmkpi tenant set acme --name \"Acme GmbH\" --time-zone Europe/Berlin --currency EUR", "crmkpi tenant set acme --file acme.tenant.json"],
            [tenant, file, .. single, inactivity]);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var body = Read(parsed.GetValue(file));
            foreach (var option in single)
                if (parsed.GetValue(option) is { } value)
                    body[CamelCase(option.Name)] = value;
            if (parsed.GetValue(inactivity) is { } days)
                body["inactivityDays"] = days;
            if (body.Count == 0)
                throw new CliException("Nothing to set: give --file, or one of the settings (see --help).");
            var id = parsed.GetRequiredValue(tenant);
            var answer = await api.Put($"/v1/tenants/{Uri.EscapeDataString(id)}", body.ToJsonString(), ct);
            var changes = answer.GetProperty("changes").GetInt64();
            var texts = runner.Terminal.Texts;
            runner.Terminal.OutWriter.WriteLine(runner.Terminal.Format(changes > 0 ? texts.TenantSet : texts.Unchanged, id, changes));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static JsonObject Read(FileInfo? file)
    {
        if (file is null)
            return [];
        try
        {
            return JsonNode.Parse(File.ReadAllText(file.FullName)) as JsonObject
                ?? throw new CliException($"{file}: the settings must be a JSON object.");
        }
        catch (JsonException e)
        {
            throw new CliException($"{file}, line {e.LineNumber + 1}: this is not JSON: {e.Message}");
        }
    }

    /// <summary><c>--time-zone</c> → <c>timeZone</c>.</summary>
    private static string CamelCase(string option)
    {
        var words = option.TrimStart('-').Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
    }
}
