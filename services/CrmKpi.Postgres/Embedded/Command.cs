using System.Diagnostics;

namespace CrmKpi.Postgres.Embedded;

/// <summary>Runs a short command to its end.</summary>
internal static class Command
{
    /// <summary>The command's exit code and all that it printed.</summary>
    public static async Task<(int ExitCode, string Output)> Run(
        IReadOnlyList<string> command, CancellationToken ct, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // The caller's directory may be closed to the user that the command switches to.
            WorkingDirectory = "/",
        };
        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>As <see cref="Run"/>; a failure is an exception with the output.</summary>
    public static async Task<string> RunOrThrow(
        IReadOnlyList<string> command, CancellationToken ct, IReadOnlyDictionary<string, string>? environment = null)
    {
        var (exitCode, output) = await Run(command, ct, environment);
        return exitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"'{string.Join(' ', command)}' ended with exit code {exitCode}:\n{output.Trim()}");
    }

    /// <summary>The path of an executable on PATH, or null.</summary>
    public static string? Which(string name) =>
        SearchPath().Append("/usr/sbin").Append("/sbin")
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);

    /// <summary>The directories of PATH.</summary>
    public static string[] SearchPath() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
}
