using CrmKpi.Cli;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;
using CrmKpi.Local.Stack;

namespace CrmKpi.EndToEnd.Tests.Local;

/// <summary>
/// The whole product in this process, on free ports and a temporary PostgreSQL; the three data sets are imported into it once, by the
/// command line and through the gateway.
/// </summary>
public sealed class LocalFixture : IAsyncLifetime
{
    public const string Olist = "olist";
    public const string Cdnow = "cdnow";
    public const string Loans = "bpi2012";

    private readonly string _data = Directory.CreateTempSubdirectory("crmkpi-e2e-").FullName;
    private ApiClient? _api;

    public LocalStack Stack { get; private set; } = null!;
    public string AdminKey { get; private set; } = "";
    public ApiClient Api => _api!;

    public async Task InitializeAsync()
    {
        // PostgreSQL may run as another user, who must be able to come by.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_data, (UnixFileMode)0b111_101_101);
        Stack = await LocalStack.Start(new LocalOptions { Port = 0, GrpcPort = 0, Data = _data });
        AdminKey = Stack.FirstAdminKey!;
        _api = new ApiClient(Stack.Gateway, AdminKey);
        await Import(Olist, "olist_marketing_qualified_leads.csv.gz", "olist_closed_deals.csv.gz");
        await Import(Cdnow, "CDNOW_master.txt.gz");
        await Import(Loans, "bpi2012_applications.csv.gz");
    }

    /// <summary>Runs the command line against the stack.</summary>
    public Task<CliResult> Cli(params string[] args) => CliWith(AdminKey, args);

    /// <summary>Runs the command line with a key.</summary>
    public Task<CliResult> CliWith(string key, params string[] args) =>
        CliResult.Run(args, new()
        {
            ["CRMKPI_SERVER"] = Stack.Gateway.ToString(),
            ["CRMKPI_KEY"] = key,
            ["CRMKPI_LANG"] = "en",
            ["XDG_STATE_HOME"] = Path.Combine(_data, "state"),
        });

    /// <summary>Waits until the read models hold everything that was imported, and returns its sequence.</summary>
    public async Task<long> CaughtUp(string tenant)
    {
        while (true)
        {
            var status = await Api.Get($"/v1/tenants/{tenant}/projection", default);
            Assert.Equal("", status.GetProperty("parkedReason").ToString());
            if (status.GetProperty("head").GetInt64() == status.GetProperty("sequence").GetInt64()
                && status.GetProperty("buildingGeneration").ValueKind == System.Text.Json.JsonValueKind.Null)
                return status.GetProperty("sequence").GetInt64();
            await Task.Delay(100);
        }
    }

    /// <summary>A file of the temporary directory.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(_data, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task Import(string sample, params string[] files)
    {
        var set = await Cli("tenant", "set", sample, "--file", Repository.Sample($"{sample}.tenant.json"));
        Assert.True(set.Code == CrmKpiCommand.Done, set.ToString());
        var import = await Cli(
            ["import", "csv", .. files.Select(f => Repository.Data($"{sample}/{f}")), "--tenant", sample, "--map", Repository.Sample($"{sample}.yaml")]);
        Assert.True(import.Code == CrmKpiCommand.Done, import.ToString());
        await CaughtUp(sample);
    }

    public async Task DisposeAsync()
    {
        _api?.Dispose();
        if (Stack is not null)
            await Stack.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}

/// <summary>Tests that share one running product.</summary>
[CollectionDefinition(Name)]
public sealed class LocalCollection : ICollectionFixture<LocalFixture>
{
    public const string Name = "local";
}

/// <summary>What a command line did.</summary>
public sealed record CliResult(int Code, string Out, string Error)
{
    public static async Task<CliResult> Run(string[] args, Dictionary<string, string> environment)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(
            TextWriter.Synchronized(output), TextWriter.Synchronized(error), false, environment.GetValueOrDefault);
        var code = await CrmKpiCommand.Run(args, terminal);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    public override string ToString() => $"exit code {Code}\n{Out}\n{Error}";
}

/// <summary>Files of the repository.</summary>
public static class Repository
{
    private static readonly string Root = FindRoot();

    public static string Sample(string name) => Path.Combine(Root, "samples", name);

    public static string Data(string name) => Path.Combine(Root, "tests", "data", name);

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "CrmKpi.sln")))
            directory = directory.Parent;
        return directory.FullName;
    }
}
