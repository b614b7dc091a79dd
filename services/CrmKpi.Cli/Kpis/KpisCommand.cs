using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrmKpi.Cli.Output;

namespace CrmKpi.Cli.Kpis;

/// <summary><c>crmkpi kpis</c>: KPIs of a tenant as a table, JSON or CSV; without a tenant, what KPIs there are.</summary>
internal static class KpisCommand
{
    public static Command Build(CommandRunner runner)
    {
        var tenant = new Option<string?>("--tenant") { Description = "The tenant. Without it, the catalogue of KPIs is listed" };
        var format = new Option<string>("--format") { Description = "table, json or csv", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json", "csv");
        (Option Option, string Parameter)[] query =
        [
            (new Option<string[]>("--kpi") { Description = "KPIs, joined by commas", AllowMultipleArgumentsPerToken = true }, "kpi"),
            (new Option<string?>("--from") { Description = "First day, yyyy-MM-dd" }, "from"),
            (new Option<string?>("--to") { Description = "Day after the last, yyyy-MM-dd" }, "to"),
            (new Option<string?>("--grain") { Description = "none, day, week, month, quarter, year …" }, "grain"),
            (new Option<string[]>("--group-by") { Description = "Dimensions, joined by commas", AllowMultipleArgumentsPerToken = true }, "groupBy"),
            (new Option<string[]>("--filter") { Description = "dimension:value[,value]; may be given several times" }, "filter"),
            (new Option<string[]>("--input") { Description = "KPI.input:number in place of what the data say; may be given several times" }, "input"),
            (new Option<string?>("--compare") { Description = "previous or year" }, "compare"),
            (new Option<int?>("--limit") { Description = "Groups of a page" }, "limit"),
            (new Option<string?>("--page") { Description = "The next page of the answer before" }, "page"),
            (new Option<long?>("--min-sequence") { Description = "Wait until the answer reflects this event" }, "minSequence"),
            (new Option<string?>("--as-of") { Description = "What was known then: a sequence, or a time such as 2025-03-01T09:30:00Z" }, "asOf"),
        ];
        var command = runner.Command("kpis", "Show KPIs of a tenant, or the KPIs there are",
            [
                "crmkpi kpis",
                "crmkpi kpis --tenant acme --kpi lead_conversion,average_deal_size --from 2025-01-01 --to 2025-04-01 --compare previous",
                "crmkpi kpis --tenant acme --kpi deals_won --group-by manager --filter pipeline:main --grain month --format csv",
            ],
            [tenant, format, .. query.Select(q => q.Option)]);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var language = runner.Terminal.Texts.Language;
            if (parsed.GetValue(tenant) is not { } id)
            {
                Catalogue(runner.Terminal, await api.Get($"/v1/kpis?lang={language}", ct));
                return CrmKpiCommand.Done;
            }
            var path = $"/v1/tenants/{Uri.EscapeDataString(id)}/kpis?lang={language}" + string.Concat(query.Select(q => Parameter(parsed, q)));
            switch (parsed.GetValue(format))
            {
                case "csv":
                    runner.Terminal.OutWriter.Write(await api.GetText(path + "&format=csv", "text/csv", ct));
                    break;
                case "json":
                    runner.Terminal.OutWriter.WriteLine(JsonSerializer.Serialize(await api.Get(path, ct), Json.Indented));
                    break;
                default:
                    new KpiTable(runner.Terminal).Write(await api.Get(path, ct));
                    break;
            }
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static void Catalogue(Terminal terminal, JsonElement catalogue)
    {
        var texts = terminal.Texts;
        terminal.Out.Write(PlainTable.Of(["id", texts.Name, texts.Unit, texts.Norm], new HashSet<int>(),
            catalogue.GetProperty("kpis").EnumerateArray().Select(k => (IReadOnlyList<string>)
                [k.Text("id"), k.Text("name"), k.Text("unit"), new KpiTable(terminal).Norm(k)])));
    }

    /// <summary>An option as a parameter of the query, or nothing when it is not given.</summary>
    internal static string Parameter(ParseResult parsed, (Option Option, string Parameter) query)
    {
        object? value = query.Option switch
        {
            Option<string[]> list => parsed.GetValue(list),
            Option<int?> number => parsed.GetValue(number),
            Option<long?> number => parsed.GetValue(number),
            Option<string?> text => parsed.GetValue(text),
            _ => throw new NotSupportedException(query.Option.Name),
        };
        return value switch
        {
            null or string[] { Length: 0 } => "",
            // Filters and inputs are repeated, since commas join the values of one; the others are lists of names.
            string[] repeated when query.Parameter is "filter" or "input" => string.Concat(repeated.Select(Pair)),
            string[] names => Pair(string.Join(',', names)),
            IFormattable number => Pair(number.ToString(null, CultureInfo.InvariantCulture)),
            _ => Pair(value.ToString()!),
        };

        string Pair(string text) => $"&{query.Parameter}={Uri.EscapeDataString(text)}";
    }
}
