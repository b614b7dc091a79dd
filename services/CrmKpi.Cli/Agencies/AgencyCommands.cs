using System.CommandLine;
using System.Text.Json;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;

namespace CrmKpi.Cli.Agencies;

/// <summary><c>crmkpi agency set|list</c>, for operators.</summary>
internal static class AgencyCommands
{
    public static Command Build(CommandRunner runner) => runner.Command(
        "agency", "Register and list agencies (whoever looks after tenants); takes an operator's key",
        [
            "crmkpi agency set north --name \"North GmbH\"",
            "crmkpi agency list",
            "crmkpi key create --name \"first of North\" --agency north --scope admin",
        ],
        Set(runner), List(runner));

    private static Command Set(CommandRunner runner)
    {
        var agency = new Argument<string>("agency")
        {
            Description = "The agency's id: lower-case letters, digits, hyphens",
        };
        var name = new Option<string>("--name") { Description = "By which people know it", Required = true };
        var command = runner.Command(
            "set", "Register an agency, or give it another name", ["crmkpi agency set north --name \"North GmbH\""],
            agency, name);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var id = parsed.GetRequiredValue(agency);
            var answer = await api.Put(
                $"/v1/agencies/{Uri.EscapeDataString(id)}",
                JsonSerializer.Serialize(new { name = parsed.GetValue(name) }), ct);
            var texts = runner.Terminal.Texts;
            runner.Terminal.OutWriter.WriteLine(runner.Terminal.Format(
                answer.GetProperty("changed").GetBoolean() ? texts.AgencySet : texts.AgencyUnchanged, id));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static Command List(CommandRunner runner)
    {
        var command = runner.Command("list", "List all agencies", ["crmkpi agency list"]);
        runner.OnServer(command, async (api, _, ct) =>
        {
            var agencies = await api.GetAll("/v1/agencies", "agencies", ct);
            var texts = runner.Terminal.Texts;
            runner.Terminal.Out.Write(PlainTable.Of(
                ["id", texts.Name, texts.Created], new HashSet<int>(),
                agencies.Select(a => (IReadOnlyList<string>)[a.Text("id"), a.Text("name"), a.Text("createdAt")])));
            return CrmKpiCommand.Done;
        });
        return command;
    }
}
