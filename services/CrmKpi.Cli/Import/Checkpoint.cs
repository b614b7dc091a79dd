using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CrmKpi.Cli.Import;

/// <summary>How far an import came: written after each acknowledgement, removed when it is complete.</summary>
/// <param name="Events">Events acknowledged, in the order in which the input yields them.</param>
/// <param name="Sequence">The tenant's last sequence at that time.</param>
public sealed record CheckpointState(long Events, long Sequence);

/// <summary>
/// The checkpoint file of one import. Its name is a hash of server, tenant, mapping and the content of all files, so that a
/// change of any of them starts anew. Losing it costs time only: what is sent twice is counted once.
/// </summary>
public sealed class Checkpoint
{
    private readonly string _path;

    private Checkpoint(string path) => _path = path;

    /// <summary>The checkpoint of an import.</summary>
    /// <param name="directory">Where checkpoints lie.</param>
    /// <param name="server">The server.</param>
    /// <param name="tenant">The tenant.</param>
    /// <param name="files">The input and the mapping.</param>
    public static async Task<Checkpoint> Of(
        string directory, Uri server, string tenant, IEnumerable<string> files, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"1\n{server}\n{tenant}\n"));
        foreach (var file in files)
        {
            await using var stream = File.OpenRead(file);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\n"));
            hash.AppendData(await SHA256.HashDataAsync(stream, ct));
        }
        return new Checkpoint(Path.Combine(directory, Convert.ToHexStringLower(hash.GetHashAndReset())[..32] + ".json"));
    }

    /// <summary>The user's directory for such state: XDG_STATE_HOME, or the local application data.</summary>
    public static string DefaultDirectory(Func<string, string?> environment)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var state = environment("XDG_STATE_HOME") is { Length: > 0 } given ? given
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(home, ".local", "state");
        return Path.Combine(state, "crmkpi", "imports");
    }

    /// <summary>How far the import came; null when it is new. An unreadable file counts as none.</summary>
    public CheckpointState? Read()
    {
        if (!File.Exists(_path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<CheckpointState>(File.ReadAllText(_path));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Notes progress; a crash in between leaves the old state.</summary>
    public void Write(CheckpointState state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var temporary = string.Create(CultureInfo.InvariantCulture, $"{_path}.{Environment.ProcessId}");
        File.WriteAllText(temporary, JsonSerializer.Serialize(state));
        File.Move(temporary, _path, overwrite: true);
    }

    /// <summary>The import is complete.</summary>
    public void Remove() => File.Delete(_path);
}
