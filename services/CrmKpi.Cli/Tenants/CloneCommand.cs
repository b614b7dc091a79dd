using System.CommandLine;
using System.Text.Json;
using CrmKpi.Cli.Output;

namespace CrmKpi.Cli.Tenants;

/// <summary><c>crmkpi tenant clone</c>.</summary>
internal static class CloneCommand
{
    public static Command Build(CommandRunner runner)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant to copy to" };
        var from = new Option<string>("--from") { Description = "The tenant to copy from", Required = true };
        var what = new Option<string[]>("--what")
        {
            Description = "kpis, targets, settings (all three unless said otherwise), timeZone, currency, locale, crm, industry",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = runner.Command("clone", "Copy own KPIs, targets and settings from another tenant",
            [
                "crmkpi tenant clone newshop --from acme",
                "crmkpi tenant clone newshop --from acme --what kpis targets currency",
            ],
            tenant, from, what);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var parts = parsed.GetValue(what) is { Length: > 0 } some ? some : null;
            var body = parts is null
                ? JsonSerializer.Serialize(new { from = parsed.GetValue(from) })
                : JsonSerializer.Serialize(new { from = parsed.GetValue(from), what = parts });
            var answer = await api.Post($"/v1/tenants/{Uri.EscapeDataString(parsed.GetRequiredValue(tenant))}/clone",
                body, ct);
            var texts = runner.Terminal.Texts;
            foreach (var part in answer.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Object))
            {
                runner.Terminal.OutWriter.WriteLine(runner.Terminal.Format(
                    texts.Cloned, part.Name, part.Value.GetProperty("copied").GetArrayLength(),
                    part.Value.GetProperty("skipped").GetArrayLength()));
                foreach (var skipped in part.Value.GetProperty("skipped").EnumerateArray())
                    runner.Terminal.OutWriter.WriteLine(
                        $"  {skipped.Text("name")}: {skipped.Text("reason")} {skipped.Text("detail")}".TrimEnd());
            }
            return CrmKpiCommand.Done;
        });
        return command;
    }
}
