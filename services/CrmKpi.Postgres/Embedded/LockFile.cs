namespace CrmKpi.Postgres.Embedded;

/// <summary>
/// A lock between processes (and within one) that the operating system releases when its holder ends, however it ends.
/// The file holds the holder's process id for error messages.
/// </summary>
internal sealed class LockFile : IDisposable
{
    private const int WaitMilliseconds = 200;

    private readonly FileStream _file;

    private LockFile(FileStream file) => _file = file;

    /// <summary>Takes the lock, or returns null when somebody holds it.</summary>
    public static LockFile? TryTake(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
            file.Flush();
            return new LockFile(file);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Takes the lock, waiting until it is free.</summary>
    public static async Task<LockFile> Wait(string path, CancellationToken ct)
    {
        while (true)
        {
            if (TryTake(path) is { } taken)
                return taken;
            await Task.Delay(WaitMilliseconds, ct);
        }
    }

    public void Dispose() => _file.Dispose();
}
