using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace CrmKpi.Testing.Grpc;

/// <summary>
/// Scripts of <c>tests/grpc-js</c>: <c>node SCRIPT ADDRESS …</c> runs all of its cases and prints <c>PASS name</c> or
/// <c>FAIL name: why</c> for each.
/// </summary>
public static class NodeClient
{
    private const int InstallTriesMax = 300;

    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(8);
    private static readonly Lazy<Task> Installed = new(Install);
    private static readonly ConcurrentDictionary<(string, Uri), Lazy<Task<string>>> Runs = new();

    /// <summary>True when Node and npm are to be had.</summary>
    public static bool IsThere => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Any(directory => File.Exists(Path.Combine(directory, "node")));

    /// <summary>Asserts that a case passed; the script runs once for all of its cases.</summary>
    /// <param name="more">What the script is told beside the address.</param>
    public static async Task AssertPasses(string script, Uri address, string name, params string[] more)
    {
        var output = await Runs.GetOrAdd((script, address), key => new(() => Run(script, key.Item2, more))).Value;
        var line = output.Split('\n').SingleOrDefault(l => l == $"PASS {name}" || l.StartsWith($"FAIL {name}:", StringComparison.Ordinal));
        Assert.True(line == $"PASS {name}", line ?? $"{script} says nothing of {name}:\n{output}");
    }

    private static async Task<string> Run(string script, Uri address, string[] more)
    {
        await Installed.Value;
        return await Execute("node", [script, $"{address.Host}:{address.Port}", .. more]);
    }

    // One at a time, in whichever process of tests.
    private static async Task Install()
    {
        var done = Path.Combine(Scripts, "node_modules", ".package-lock.json");
        for (var tries = 0; !File.Exists(done); tries++)
        {
            try
            {
                await using var mine = new FileStream(
                    Path.Combine(Path.GetTempPath(), "crmkpi-grpc-js.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                var output = File.Exists(done) ? "" : await Execute("npm", "ci", "--no-audit", "--no-fund");
                Assert.True(File.Exists(done), output);
            }
            catch (IOException) when (tries < InstallTriesMax)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    private static async Task<string> Execute(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Scripts,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
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
        }
        return await output + await errors;
    }

    private static string Scripts
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!Directory.Exists(Path.Combine(directory.FullName, "grpc-js")))
                directory = directory.Parent ?? throw new InvalidOperationException("No folder grpc-js above the tests.");
            return Path.Combine(directory.FullName, "grpc-js");
        }
    }
}

/// <summary>Needs Node: skipped where it is not installed, but not in CI.</summary>
public sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute()
    {
        if (!NodeClient.IsThere && Environment.GetEnvironmentVariable("CI") is not "true")
            Skip = "Node is not installed.";
    }
}
