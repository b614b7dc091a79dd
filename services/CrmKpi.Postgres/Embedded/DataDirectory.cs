using System.Security.Cryptography;

namespace CrmKpi.Postgres.Embedded;

/// <summary>
/// What lies in the directory of an embedded server: <c>pg</c> (the cluster), <c>run</c> (the socket), <c>log</c>,
/// <c>password</c>, <c>port</c> and <c>lock</c> (held while a process owns the server).
/// </summary>
internal sealed class DataDirectory(string path)
{
    /// <summary>The kernel's limit of a socket path, with room for its end.</summary>
    private const int SocketPathBytesMax = 107;

    private const int PasswordBytes = 32;

    public string Root { get; } = Path.GetFullPath(path);
    public string Cluster => Path.Combine(Root, "pg");
    public string Sockets => Path.Combine(Root, "run");
    public string Logs => Path.Combine(Root, "log");
    public string LockPath => Path.Combine(Root, "lock");
    public string StartLog => Path.Combine(Logs, "start.log");

    private string PasswordPath => Path.Combine(Root, "password");
    private string PortPath => Path.Combine(Root, "port");
    private string ProcessIdPath => Path.Combine(Cluster, "postmaster.pid");

    /// <summary>True when the socket's path is short enough; else the server is reached by TCP only.</summary>
    public bool SocketFits =>
        System.Text.Encoding.UTF8.GetByteCount(Path.Combine(Sockets, ".s.PGSQL.65535")) <= SocketPathBytesMax;

    /// <summary>The superuser's password, made on first use and readable by the caller's user only.</summary>
    public string Password()
    {
        if (!File.Exists(PasswordPath))
            WritePrivate(PasswordPath, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes)));
        return File.ReadAllText(PasswordPath).Trim();
    }

    /// <summary>The port of the last start while it is free, else a new free one, remembered.</summary>
    public int FreePort(bool another)
    {
        if (!another && File.Exists(PortPath) && int.TryParse(File.ReadAllText(PortPath), out var last) && LoopbackPorts.IsFree(last))
            return last;
        var port = LoopbackPorts.AnyFree();
        File.WriteAllText(PortPath, $"{port}\n");
        return port;
    }

    /// <summary>The postmaster that serves this cluster, or null; a left-over of a dead one is removed.</summary>
    public int? RunningServer()
    {
        if (ReadProcessId() is not { } processId)
            return null;
        if (Signals.IsAlive(processId) && Serves(processId))
            return processId;
        File.Delete(ProcessIdPath);
        return null;
    }

    /// <summary>The process id that the postmaster wrote, or null.</summary>
    public int? ReadProcessId()
    {
        try
        {
            return int.TryParse(File.ReadLines(ProcessIdPath).FirstOrDefault(), out var id) ? id : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a file that only the caller's user may read.</summary>
    public static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.WriteLine(text);
    }

    /// <summary>
    /// A process id may have been given to another program since: a postmaster's working directory is its cluster.
    /// </summary>
    private bool Serves(int processId)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        var target = new FileInfo($"/proc/{processId}/cwd").ResolveLinkTarget(returnFinalTarget: false)?.FullName;
        return target == RealPath(Cluster);
    }

    private static string RealPath(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new DirectoryInfo(Path.Combine(real, part));
            real = next.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next.FullName;
        }
        return real;
    }
}
