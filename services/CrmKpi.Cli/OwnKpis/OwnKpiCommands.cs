using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;

namespace CrmKpi.Cli.OwnKpis;

/// <summary><c>crmkpi kpi set|list|remove</c>: the KPIs that an agency or a tenant defines.</summary>
internal static class OwnKpiCommands
{
    public static Command Build(CommandRunner runner) => runner.Command(
        "kpi", "Define KPIs of a tenant or an agency as formulas over measures",
        [
            "crmkpi kpi set kpis.yaml --tenant acme",
            "crmkpi kpi list --tenant acme",
            "crmkpi kpi remove margin_share --agency default",
        ],
        Set(runner), List(runner), Remove(runner));

    private static Command Set(CommandRunner runner)
    {
        var file = new Argument<FileInfo>("file")
        {
            Description = "YAML or JSON: 'kpis:' and below it the definitions by id",
        };
        var owner = new OwnerOptions();
        var command = runner.Command(
            "set", "Save the definitions of a file", ["crmkpi kpi set kpis.yaml --tenant acme"],
            file, owner.Tenant, owner.Agency);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var path = owner.PathOf(parsed);
            var left = DefinitionFile.Read(parsed.GetRequiredValue(file));
            var texts = runner.Terminal.Texts;
            while (left.Count > 0)
            {
                // One may refer to another that stands further down: again as long as something is saved.
                var waiting = new List<(string Id, JsonObject Definition)>();
                ApiException? refused = null;
                foreach (var (id, definition) in left)
                    try
                    {
                        var answer = await api.Put($"{path}/{Uri.EscapeDataString(id)}", definition.ToJsonString(), ct);
                        var changed = answer.GetProperty("changed").GetBoolean();
                        runner.Terminal.OutWriter.WriteLine(
                            runner.Terminal.Format(changed ? texts.KpiSaved : texts.KpiUnchanged, id));
                    }
                    catch (ApiException e) when (e.Problem.Code == "unknown_kpi")
                    {
                        (refused, waiting) = (e, [.. waiting, (id, definition)]);
                    }
                if (refused is not null && waiting.Count == left.Count)
                    throw refused;
                left = waiting;
            }
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static Command List(CommandRunner runner)
    {
        var owner = new OwnerOptions();
        var command = runner.Command(
            "list", "List the definitions", ["crmkpi kpi list --tenant acme"], owner.Tenant, owner.Agency);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var path = owner.PathOf(parsed) + (parsed.GetValue(owner.Tenant) is null ? "" : "/own");
            var texts = runner.Terminal.Texts;
            var kpis = await api.GetAll(path, "kpis", ct);
            runner.Terminal.Out.Write(PlainTable.Of(
                ["id", texts.Owner, texts.Name, texts.Unit, texts.Formula, texts.Error], new HashSet<int>(),
                kpis.Select(k => Row(k, texts.Language))));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static IReadOnlyList<string> Row(JsonElement entry, string language)
    {
        var kpi = entry.GetProperty("kpi");
        var problem = entry.TryGetProperty("problem", out var p) ? p.Text("detail") : "";
        return [
            entry.Text("id"), entry.Text("owner"), kpi.GetProperty("name").Text(language), kpi.Text("unit"), kpi.Text("formula"),
            problem,
        ];
    }

    private static Command Remove(CommandRunner runner)
    {
        var id = new Argument<string>("id") { Description = "The KPI" };
        var owner = new OwnerOptions();
        var command = runner.Command(
            "remove", "Take a definition away", ["crmkpi kpi remove margin_share --tenant acme"], id, owner.Tenant,
            owner.Agency);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var name = parsed.GetRequiredValue(id);
            await api.Delete($"{owner.PathOf(parsed)}/{Uri.EscapeDataString(name)}", ct);
            runner.Terminal.OutWriter.WriteLine(runner.Terminal.Format(runner.Terminal.Texts.KpiRemoved, name));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    /// <summary>Whose KPIs: exactly one of the two options.</summary>
    private sealed class OwnerOptions
    {
        public Option<string?> Tenant { get; } = new("--tenant") { Description = "The tenant whose KPIs they are" };

        public Option<string?> Agency { get; } = new("--agency")
        {
            Description = "The agency for all of whose tenants they are",
        };

        public string PathOf(ParseResult parsed) => (parsed.GetValue(Tenant), parsed.GetValue(Agency)) switch
        {
            ({ } tenant, null) => $"/v1/tenants/{Uri.EscapeDataString(tenant)}/kpis",
            (null, { } agency) => $"/v1/agencies/{Uri.EscapeDataString(agency)}/kpis",
            _ => throw new CliException("Give either --tenant or --agency."),
        };
    }
}
