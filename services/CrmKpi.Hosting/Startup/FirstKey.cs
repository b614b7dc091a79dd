using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmKpi.Hosting.Startup;

/// <summary>Where the first key is shown: standard output.</summary>
public sealed record FirstKeyOutput(TextWriter Writer);

/// <summary>The first admin key of an installation, shown once and kept nowhere in readable form.</summary>
internal sealed partial class FirstKey(
    Migrations migrations, IOptions<SecurityOptions> options, FirstKeyOutput output, ILogger<FirstKey> logger)
{
    private const string Rule = "================================================================================";

    /// <summary>Makes and shows it when the installation has no key yet; one service wins, the others do nothing.</summary>
    public async Task Announce(CancellationToken ct)
    {
        // A file that cannot be written shall fail before the key is made, not after.
        await using var file = options.Value.FirstKeyFile is { } path ? OpenPrivate(path) : null;
        if (await Make(ct) is not { } text)
            return;

        if (file is not null)
        {
            file.SetLength(0);
            await using var writer = new StreamWriter(file);
            await writer.WriteLineAsync(text.AsMemory(), ct);
        }
        // Not through the logger: logs are collected and kept, a key must not be.
        await output.Writer.WriteLineAsync(
            $"""
            {Rule}
            First admin key of this installation (shown once; only its hash is kept):

                {text}

            {Rule}
            """.AsMemory(), ct);
        await output.Writer.FlushAsync(ct);
        LogMade();
    }

    private async Task<string?> Make(CancellationToken ct)
    {
        try
        {
            return await new KeyStore(migrations.Main).CreateFirstAdminKey(ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            LogNotOurs();
            return null;
        }
    }

    private static FileStream OpenPrivate(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    [LoggerMessage(1105, LogLevel.Information,
        "The login of this service may not make keys: the service that migrates makes the first one")]
    private partial void LogNotOurs();

    [LoggerMessage(1103, LogLevel.Information, "The first admin key was made and shown on standard output")]
    private partial void LogMade();
}
