using System.Diagnostics;
using CrmKpi.Testing;

namespace CrmKpi.EndToEnd.Tests.Processes;

/// <summary><c>samples/processes/processes</c> on a directory that goes away with it.</summary>
public sealed class ProcessScript : IAsyncDisposable
{
    private const int PortsNeeded = 100;

    private static readonly string[] Projects = ["Gateway", "Ingestion", "Projections", "Query"];

    private readonly string _directory = Directory.CreateTempSubdirectory("crmkpi-processes-").FullName;
    private readonly int _port = ServiceProcess.FreePorts(PortsNeeded);
    private readonly IReadOnlyDictionary<string, string> _settings;

    private ProcessScript(IReadOnlyDictionary<string, string> settings)
    {
        _settings = settings;
        // PostgreSQL may run as another user, who must be able to come by.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_directory, (UnixFileMode)0b111_101_101);
    }

    /// <summary>The root of this checkout.</summary>
    public static string Root { get; } = RootOf(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>The configuration that the tests were built in.</summary>
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public Uri Http => new($"http://127.0.0.1:{_port}");
    public Uri Grpc => new($"http://127.0.0.1:{_port + 1}");
    public string Key => File.ReadAllText(Path.Combine(_directory, "first-key")).Trim();

    public string ConnectionString =>
        $"Host=127.0.0.1;Port={_port + 90};Username=crmkpi;Database=crmkpi;"
        + $"Password={File.ReadAllText(Path.Combine(_directory, "password"))}";

    /// <summary>Publishes what was built beside the tests, and starts everything.</summary>
    /// <param name="settings">Variables of all services.</param>
    public static async Task<ProcessScript> Up(IReadOnlyDictionary<string, string>? settings = null)
    {
        var script = new ProcessScript(settings ?? new Dictionary<string, string>());
        try
        {
            foreach (var project in Projects)
                await script.Publish(project);
            await script.Run("--port", $"{script._port}", "--published", script.PathOf("published"), "up");
            return script;
        }
        catch
        {
            await script.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of the gateway with the first key.</summary>
    public HttpClient Client() => new()
    {
        BaseAddress = Http,
        DefaultRequestHeaders = { { "X-Api-Key", Key } },
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Runs a command of the script.</summary>
    public Task<string> Run(params string[] arguments) => Execute(
        Path.Combine(Root, "samples/processes/processes"), _settings, ["--dir", _directory, .. arguments]);

    /// <summary>A place in the directory.</summary>
    public string PathOf(string name) => Path.Combine(_directory, name);

    /// <summary>Runs a program to its end; an error has what it wrote.</summary>
    public static Task<string> Execute(string program, params string[] arguments) =>
        Execute(program, new Dictionary<string, string>(), arguments);

    private static async Task<string> Execute(
        string program, IReadOnlyDictionary<string, string> variables, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Nothing stays behind.
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false" },
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var outputs = new[] { process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync() };
        await process.WaitForExitAsync();
        var output = string.Concat(await Task.WhenAll(outputs));
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: {process.ExitCode}\n{output}");
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(PathOf("port")))
            await Run("down");
        Directory.Delete(_directory, recursive: true);
    }

    private Task Publish(string project) => Execute(
        "dotnet", "publish", Path.Combine(Root, "services", $"CrmKpi.{project}"), "--no-build", "-c", Configuration,
        "-p:UseAppHost=false", "-nologo", "-v", "quiet", "-o", Path.Combine(PathOf("published"), project));

    /// <summary>…/tests/NAME/bin/CONFIGURATION/net10.0/</summary>
    private static string RootOf(DirectoryInfo own) => own.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
}
