using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CrmKpi.Cli.Output;
using CrmKpi.Local;

namespace CrmKpi.EndToEnd.Tests.Local;

public sealed class LocalCommandTests : IDisposable
{
    private static readonly TimeSpan PatienceMax = TimeSpan.FromMinutes(5);

    private readonly string _data = Directory.CreateTempSubdirectory("crmkpi-local-").FullName;

    public LocalCommandTests()
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_data, (UnixFileMode)0b111_101_101);
    }

    [Fact]
    public async Task The_demo_shows_kpis_of_real_data_and_a_second_run_finds_duplicates_only()
    {
        var first = await Run("--demo", "--exit", "--port", "0", "--data", _data, "--lang", "en");
        Assert.True(first.Code == 0, first.ToString());
        Assert.Contains("First admin key", first.Out);
        Assert.Contains("accepted: 69,659", first.Out);
        Assert.Contains("Lead conversion", first.Out);
        Assert.Contains("10.53", first.Out);
        Assert.Contains("35.89", first.Out);
        Assert.Contains("curl -H", first.Out);

        var second = await Run("--demo", "--exit", "--port", "0", "--data", _data, "--lang", "ru", "--new-admin-key");
        Assert.True(second.Code == 0, second.ToString());
        Assert.Contains("Новый ключ администратора", second.Out);
        Assert.Contains("принято: 0", second.Out);
        Assert.Contains("10,53", second.Out);
    }

    [Fact]
    public async Task A_taken_port_is_said_before_anything_is_started()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var result = await Run("--port", $"{port}", "--data", _data, "--lang", "en");
        Assert.Equal(1, result.Code);
        Assert.Contains($"Port {port} is in use", result.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_data));
    }

    [Fact]
    public async Task Wrong_usage_ends_with_2_and_help_names_the_options()
    {
        Assert.Equal(2, (await Run("--port", "99999")).Code);
        var help = await Run("--help");
        Assert.Equal(0, help.Code);
        Assert.Contains("--demo", help.Out);
        Assert.Contains("--postgres", help.Out);
    }

    [Theory]
    [InlineData(2)]     // SIGINT, Ctrl-C
    [InlineData(15)]    // SIGTERM
    public async Task A_signal_stops_services_and_database(int signal)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(LocalCommand).Assembly.Location, "--port", "0", "--data", _data, "--lang", "en" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        using var patience = new CancellationTokenSource(PatienceMax);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var said = "";
        while (await process.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            said += line + "\n";
            if (line.StartsWith("Ctrl-C", StringComparison.Ordinal))
                break;
        }
        var postmaster = int.Parse(File.ReadLines(Directory.EnumerateFiles(_data, "postmaster.pid", SearchOption.AllDirectories).Single()).First());
        Assert.Equal(0, Kill(process.Id, signal));
        said += await process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, said);
        Assert.Contains("Stopped.", said);
        Assert.Contains("CrmKpi runs at http://127.0.0.1:", await output);
        Assert.Equal(-1, Kill(postmaster, 0));
    }

    private static async Task<CliResult> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Synchronized(output), TextWriter.Synchronized(error), false, _ => null);
        var code = await LocalCommand.Run(args, terminal);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    public void Dispose() => Directory.Delete(_data, recursive: true);
}
