using System.Diagnostics;
using System.Text;
using CrmKpi.Postgres.Embedded;

namespace CrmKpi.Testing;

/// <summary>A service of the product in a process of its own, as it is built beside the tests; can be killed and started again.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Probe = new() { Timeout = TimeSpan.FromSeconds(2) };

    private const int ErrorsMax = 20;
    private const int PortMin = 20_000;
    private const int PortMax = 32_000;

    private static readonly HashSet<int> Given = [];

    private readonly IReadOnlyList<string> _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly List<string> _errors = [];
    private readonly StringBuilder _output = new();
    private Process? _process;

    private ServiceProcess(
        string name, int port, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        _environment = environment ?? new Dictionary<string, string>();
        Name = name;
        Url = $"http://127.0.0.1:{port}";
        _arguments = arguments;
    }

    /// <summary>The project that it is built from.</summary>
    public string Name { get; }

    /// <summary>The first lines of its log that tell of an error.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_output)
                return [.. _errors];
        }
    }

    /// <summary>The most memory that it has held since its start (resident set).</summary>
    public long PeakMemoryBytes
    {
        get
        {
            _process!.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Where it listens; the same after a restart.</summary>
    public string Url { get; }

    /// <summary>What it wrote, the newest part.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts for example <c>CrmKpi.Ingestion</c> and waits until it is ready.</summary>
    public static Task<ServiceProcess> Start(string name, params (string Key, string Value)[] settings) =>
        Start(name, null, settings);

    /// <summary>The same with variables in its environment.</summary>
    public static async Task<ServiceProcess> Start(
        string name, IReadOnlyDictionary<string, string>? environment, params (string Key, string Value)[] settings)
    {
        var service = new ServiceProcess(name, FreePort(), [.. settings.Select(s => $"--{s.Key}={s.Value}")], environment);
        await service.Start();
        return service;
    }

    /// <summary>Starts the process again after <see cref="Kill"/> and waits until it is ready.</summary>
    public async Task Start()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { PathOf(Name), $"--urls={Url}" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_ENVIRONMENT"] = "Production" },
        };
        foreach (var (variable, value) in _environment)
            start.Environment[variable] = value;
        foreach (var argument in _arguments)
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilReady();
    }

    /// <summary>SIGSTOP: it lives and does nothing.</summary>
    public void Suspend() => Signal("STOP");

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signal("CONT");

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process!.Id}"]);
        kill.WaitForExit();
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"{Name} could not be sent SIG{name}.");
    }

    /// <summary>SIGKILL, as the kernel's out-of-memory killer would.</summary>
    public async Task Kill()
    {
        if (_process is not { } process)
            return;
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Kill();

    private async Task WaitUntilReady()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (_process!.HasExited || waited.Elapsed > ReadyWithin)
                throw new InvalidOperationException($"{Name} did not become ready. It wrote:\n{Output}");
            try
            {
                using var answer = await Probe.GetAsync($"{Url}/health/ready");
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }
            await Task.Delay(50);
        }
    }

    private void Keep(string? line)
    {
        const int CharactersMax = 64 * 1024;
        lock (_output)
        {
            if (_output.Length > CharactersMax)
                _output.Remove(0, CharactersMax / 2);
            _output.AppendLine(line);
            if (line is not null && _errors.Count < ErrorsMax && (line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal)
                || line.Contains("\"LogLevel\":\"Critical\"", StringComparison.Ordinal)))
                _errors.Add(line);
        }
    }

    /// <summary>The built service: <c>services/NAME/bin/CONFIGURATION/net10.0/NAME.dll</c> of this checkout.</summary>
    private static string PathOf(string name)
    {
        // …/tests/NAME/bin/CONFIGURATION/net10.0/
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var configuration = own.Parent!.Name;
        var root = own.Parent.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "services", name, "bin", configuration, own.Name, $"{name}.dll");
    }

    /// <summary>A port for a test; see <see cref="FreePorts"/>.</summary>
    public static int FreePort() => FreePorts(1);

    /// <summary>
    /// Ports in a row that nobody listens on now, the first of them: below those that systems give to connections and to whoever
    /// asks for any, and never given twice by this process, so that they are still free when somebody has started.
    /// </summary>
    public static int FreePorts(int count)
    {
        while (true)
        {
            var first = Random.Shared.Next(PortMin, PortMax - count);
            var ports = Enumerable.Range(first, count).ToArray();
            lock (Given)
            {
                if (ports.Any(Given.Contains) || !ports.All(LoopbackPorts.IsFree))
                    continue;
                Given.UnionWith(ports);
                return first;
            }
        }
    }
}
