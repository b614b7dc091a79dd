using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CrmKpi.Postgres.Embedded;

/// <summary>
/// POSIX signals, which <see cref="Process"/> does not offer. PostgreSQL tells its kinds of shutdown by them.
/// </summary>
internal static class Signals
{
    /// <summary>Fast shutdown: sessions are ended, the checkpoint is written.</summary>
    public const int Interrupt = 2;

    /// <summary>Immediate shutdown: the next start recovers from the write-ahead log.</summary>
    public const int Quit = 3;

    /// <summary>Cannot be caught: what a crash looks like.</summary>
    public const int Kill = 9;

    /// <summary>Sends a signal; false when the process is gone (or is not ours).</summary>
    public static bool Send(int processId, int signal) => SendSignal(processId, signal) == 0;

    /// <summary>True while the process exists; a zombie counts as gone.</summary>
    public static bool IsAlive(int processId)
    {
        // EPERM (1) says: it is there and belongs to another user.
        if (SendSignal(processId, 0) != 0 && Marshal.GetLastPInvokeError() != 1)
            return false;
        var stat = $"/proc/{processId}/stat";
        if (!OperatingSystem.IsLinux())
            return true;
        try
        {
            var text = File.ReadAllText(stat);
            return text[text.LastIndexOf(')')..].Split(' ')[1] is not ("Z" or "X");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The direct children of a process (Linux; elsewhere none).</summary>
    public static IReadOnlyList<int> Children(int processId)
    {
        var path = $"/proc/{processId}/task/{processId}/children";
        if (!File.Exists(path))
            return [];
        return [.. File.ReadAllText(path).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
