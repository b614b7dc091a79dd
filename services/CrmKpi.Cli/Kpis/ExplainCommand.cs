using System.CommandLine;
using System.Text.Json;
using CrmKpi.Cli.Output;

namespace CrmKpi.Cli.Kpis;

/// <summary><c>crmkpi explain</c>: how the value of a KPI came about, and the facts behind it, as tables, JSON or CSV.</summary>
internal static class ExplainCommand
{
    public static Command Build(CommandRunner runner)
    {
        var tenant = new Option<string>("--tenant") { Description = "The tenant", Required = true };
        var format = new Option<string>("--format") { Description = "table, json or csv", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json", "csv");
        (Option Option, string Parameter)[] query =
        [
            (new Option<string?>("--kpi") { Description = "The KPI", Required = true }, "kpi"),
            (new Option<string?>("--from") { Description = "First day, yyyy-MM-dd" }, "from"),
            (new Option<string?>("--to") { Description = "Day after the last, yyyy-MM-dd" }, "to"),
            (new Option<string[]>("--filter") { Description = "dimension:value[,value]; may be given several times" }, "filter"),
            (new Option<string[]>("--input") { Description = "KPI.input:number in place of what the data say; may be given several times" }, "input"),
            (new Option<string?>("--part") { Description = "numerator or denominator: whose facts are listed" }, "part"),
            (new Option<int?>("--reading") { Description = "The reading whose facts are listed" }, "reading"),
            (new Option<int?>("--limit") { Description = "Facts of a page" }, "limit"),
            (new Option<string?>("--page") { Description = "The next page of the answer before" }, "page"),
            (new Option<long?>("--min-sequence") { Description = "Wait until the answer reflects this event" }, "minSequence"),
            (new Option<string?>("--as-of") { Description = "What was known then: a sequence, or a time such as 2025-03-01T09:30:00Z" }, "asOf"),
        ];
        var command = runner.Command("explain", "Show how a KPI's value came about, and the facts behind it",
            [
                "crmkpi explain --tenant acme --kpi lead_conversion --from 2025-01-01 --to 2025-04-01",
                "crmkpi explain --tenant acme --kpi win_rate --filter manager:ann --part denominator --format csv",
            ],
            [tenant, format, .. query.Select(q => q.Option)]);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var path = $"/v1/tenants/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/explain?lang={runner.Terminal.Texts.Language}"
                + string.Concat(query.Select(q => KpisCommand.Parameter(parsed, q)));
            switch (parsed.GetValue(format))
            {
                case "csv":
                    runner.Terminal.OutWriter.Write(await api.GetText(path + "&format=csv", "text/csv", ct));
                    break;
                case "json":
                    runner.Terminal.OutWriter.WriteLine(JsonSerializer.Serialize(await api.Get(path, ct), Json.Indented));
                    break;
                default:
                    new ExplainTable(runner.Terminal).Write(await api.Get(path, ct));
                    break;
            }
            return CrmKpiCommand.Done;
        });
        return command;
    }
}
