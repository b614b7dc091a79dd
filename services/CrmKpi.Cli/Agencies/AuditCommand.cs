using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;

namespace CrmKpi.Cli.Agencies;

/// <summary><c>crmkpi audit</c>: who did what.</summary>
internal static class AuditCommand
{
    private const int LimitDefault = 1_000;

    public static Command Build(CommandRunner runner)
    {
        var agency = new Argument<string>("agency")
        {
            Description = "The agency",
            DefaultValueFactory = _ => "default",
        };
        var after = new Option<long>("--after") { Description = "Only what came after this number" };
        var limit = new Option<int>("--limit")
        {
            Description = $"How many at most. Default: {LimitDefault}",
            DefaultValueFactory = _ => LimitDefault,
        };
        var format = new Option<string>("--format")
        {
            Description = "table, or json: one CloudEvent a line",
            DefaultValueFactory = _ => "table",
        };
        format.AcceptOnlyFromAmong("table", "json");
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--limit is a number from 1.");
        });
        var command = runner.Command(
            "audit", "Show the trail of administrative acts of an agency, oldest first",
            ["crmkpi audit", "crmkpi audit north --after 120 --format json"], agency, after, limit, format);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var wanted = parsed.GetValue(limit);
            var acts = await api.GetAll(
                $"/v1/agencies/{Uri.EscapeDataString(parsed.GetRequiredValue(agency))}/audit", "events", ct,
                parsed.GetValue(after).ToString(CultureInfo.InvariantCulture), wanted);
            if (parsed.GetValue(format) == "json")
                foreach (var act in acts.Take(wanted))
                    runner.Terminal.OutWriter.WriteLine(act.GetRawText());
            else
                Show(runner.Terminal, acts.Take(wanted));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    private static void Show(Terminal terminal, IEnumerable<JsonElement> acts)
    {
        var texts = terminal.Texts;
        terminal.Out.Write(PlainTable.Of(
            ["#", texts.Time, texts.Act, texts.Subject, texts.Actor, texts.Request, texts.Change],
            new HashSet<int> { 0 },
            acts.Select(act =>
            {
                var data = act.GetProperty("data");
                var actor = data.GetProperty("actor");
                return (IReadOnlyList<string>)
                [
                    act.Text("sequence"), act.Text("time"), act.Text("type"), act.Text("subject"),
                    $"{actor.Text("kind")}/{actor.Text("id")}", data.Text("requestId"),
                    data.GetProperty("changes").GetRawText(),
                ];
            })));
    }
}
