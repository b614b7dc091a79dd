using System.Diagnostics;

namespace CrmKpi.Observability.Tests;

/// <summary>What promtool said.</summary>
internal sealed record Verdict(int ExitCode, string Text)
{
    public bool IsGood => ExitCode == 0;

    /// <summary>Rules were evaluated, and an expectation was not met; not: the files could not be read.</summary>
    public bool IsFailedTest => ExitCode != 0 && Text.Contains("FAILED:") && Text.Contains("alertname: ");
}

/// <summary>The real promtool of Prometheus.</summary>
internal static class Promtool
{
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(2);

    private static readonly Lazy<string> Program = new(() => Find(Environment.GetEnvironmentVariable("PATH") ?? ""));

    /// <summary>Checks the syntax of files of rules.</summary>
    public static Task<Verdict> CheckRules(params IEnumerable<string> files) => Run(["check", "rules", .. files]);

    /// <summary>Runs files of tests of rules.</summary>
    public static Task<Verdict> TestRules(params IEnumerable<string> files) => Run(["test", "rules", .. files]);

    /// <summary>Where promtool is.</summary>
    /// <exception cref="InvalidOperationException">It is in none of the directories.</exception>
    internal static string Find(string directories) =>
        directories.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(d => (string[])[Path.Combine(d, "promtool"), Path.Combine(d, "promtool.exe")])
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException(
            "promtool is in no directory of PATH. It belongs to Prometheus; on Debian: apt-get install prometheus");

    private static async Task<Verdict> Run(string[] arguments)
    {
        var start = new ProcessStartInfo(Program.Value, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(RunMax);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"promtool {string.Join(' ', arguments)} did not end within {RunMax}.");
        }
        return new Verdict(process.ExitCode, await output + await errors);
    }
}
