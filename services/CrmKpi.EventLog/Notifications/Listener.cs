using System.Runtime.CompilerServices;
using CrmKpi.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CrmKpi.EventLog.Notifications;

/// <summary>
/// Hears which logs move. Reconnects by itself; what was said while it was away is lost, which is why listeners poll
/// too.
/// </summary>
internal sealed partial class Listener(Database database, ILogger logger)
{
    private const int ReconnectMilliseconds = 500;

    /// <summary>Tenants whose hints wait to be taken; beyond it new ones are dropped.</summary>
    private const int TenantsMax = 100_000;

    public async IAsyncEnumerable<(string Tenant, long Sequence)> Listen([EnumeratorCancellation] CancellationToken ct)
    {
        var moved = new Dictionary<string, long>(StringComparer.Ordinal);
        NpgsqlConnection? connection = null;
        try
        {
            while (!ct.IsCancellationRequested)
            {
                try
                {
                    connection ??= await Open(moved, ct);
                    await connection.WaitAsync(ct);
                }
                catch (OperationCanceledException) when (ct.IsCancellationRequested)
                {
                    yield break;
                }
                catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException)
                {
                    LogLost(e);
                    if (connection is not null)
                        await connection.DisposeAsync();
                    connection = null;
                    await Task.Delay(ReconnectMilliseconds, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                var heard = moved.ToArray();
                moved.Clear();
                foreach (var (tenant, sequence) in heard)
                    yield return (tenant, sequence);
            }
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync();
        }
    }

    /// <summary>
    /// Notifications are raised inside calls on the connection only, hence never at the same time as the loop's own
    /// steps.
    /// </summary>
    private async Task<NpgsqlConnection> Open(Dictionary<string, long> moved, CancellationToken ct)
    {
        var connection = await database.OpenDedicated(ct);
        connection.Notification += (_, e) =>
        {
            if (LogMoved.Parse(e.Payload) is { } hint && (moved.ContainsKey(hint.Tenant) || moved.Count < TenantsMax))
                moved[hint.Tenant] = Math.Max(hint.Sequence, moved.GetValueOrDefault(hint.Tenant));
        };
        await using var command = new NpgsqlCommand($"LISTEN {LogMoved.Channel}", connection);
        await command.ExecuteNonQueryAsync(ct);
        return connection;
    }

    [LoggerMessage(EventId = 1011, Level = LogLevel.Warning,
        Message = "The listener of the event log lost its connection")]
    private partial void LogLost(Exception e);
}
