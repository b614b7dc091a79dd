using System.CommandLine;
using System.Text.Json;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;

namespace CrmKpi.Cli.Projections;

/// <summary><c>crmkpi rebuild</c> and <c>crmkpi verify</c>: start, wait, show what came of it.</summary>
internal static class ProjectionCommands
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    public static Command Rebuild(CommandRunner runner)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant" };
        var command = runner.Command("rebuild", "Build a tenant's read models anew from its log; the old ones answer until then",
            ["crmkpi rebuild acme"], tenant);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var path = $"/v1/tenants/{Uri.EscapeDataString(parsed.GetRequiredValue(tenant))}";
            var before = (await api.Get($"{path}/projection", ct)).Number("generation");
            await api.Post($"{path}/rebuild", null, ct);
            var generation = await new Wait(runner.Terminal).For(runner.Terminal.Texts.Rebuilding,
                () => api.Get($"{path}/projection", ct),
                status => (status.Number("buildingSequence") ?? 0, status.Number("head") ?? 0),
                status => status.Text("buildingGeneration").Length == 0 && status.Number("generation") > before, PollInterval, ct);
            runner.Terminal.OutWriter.WriteLine(
                runner.Terminal.Format(runner.Terminal.Texts.Rebuilt, generation.Number("generation")));
            return CrmKpiCommand.Done;
        });
        return command;
    }

    public static Command Verify(CommandRunner runner)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant" };
        var command = runner.Command("verify", "Recompute a tenant's read models from its log and compare them cell by cell",
            ["crmkpi verify acme"], tenant);
        runner.OnServer(command, async (api, parsed, ct) =>
        {
            var path = $"/v1/tenants/{Uri.EscapeDataString(parsed.GetRequiredValue(tenant))}/verify";
            await api.Post(path, null, ct);
            var report = await new Wait(runner.Terminal).For(runner.Terminal.Texts.Verifying,
                () => api.Get(path, ct),
                status => (status.Number("recomputedSequence") ?? 0, status.Number("liveSequence") ?? 0),
                status => status.Text("state") != "running", PollInterval, ct);
            return Show(runner.Terminal, report);
        });
        return command;
    }

    private static int Show(Terminal terminal, JsonElement report)
    {
        if (report.Text("state") != "done")
            throw new ApiException(new ApiProblem(0, "verification_failed", report.Text("detail")));
        if (report.Number("differences") is 0)
        {
            terminal.OutWriter.WriteLine(terminal.Format(terminal.Texts.Verified, report.Number("cells")));
            return CrmKpiCommand.Done;
        }
        terminal.Fail(terminal.Format(terminal.Texts.Differs, report.Number("differences")));
        foreach (var example in report.Texts("examples") ?? [])
            terminal.ErrorWriter.WriteLine("  " + example);
        return CrmKpiCommand.Problem;
    }
}
