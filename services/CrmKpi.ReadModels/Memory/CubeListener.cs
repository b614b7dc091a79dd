using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.ReadModels.Memory;

/// <summary>
/// Hears of committed read models on the channel <c>crmkpi_cube</c>, over a connection of its own. Calls
/// <paramref name="noticed"/> with a tenant, <paramref name="forgotten"/> with one of whom nothing that is held may
/// stay (generation 0), and <paramref name="connected"/> whenever it begins to hear (true = again): what was said
/// before is lost.
/// </summary>
internal sealed class CubeListener(
    Database database, Action<string> noticed, Action<string> forgotten, Action<bool> connected)
{
    /// <summary>Payload <c>tenant:generation:sequence</c>.</summary>
    public const string Channel = "crmkpi_cube";

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    private bool _again;

    /// <summary>False while notifications may get lost.</summary>
    public volatile bool IsHearing;

    public async Task Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await Listen(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
            {
                // Readers probe the database at short intervals as long as this lasts.
                IsHearing = false;
                await Task.Delay(RetryAfter, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task Listen(CancellationToken ct)
    {
        await using var connection = await database.OpenDedicated(ct);
        connection.Notification += (_, e) =>
        {
            var end = e.Payload.IndexOf(':', StringComparison.Ordinal);
            if (end <= 0)
                return;
            if (e.Payload.AsSpan(end).StartsWith(":0:", StringComparison.Ordinal))
                forgotten(e.Payload[..end]);
            else
                noticed(e.Payload[..end]);
        };
        await using var listen = new NpgsqlCommand($"LISTEN {Channel}", connection);
        await listen.ExecuteNonQueryAsync(ct);
        connected(_again);
        _again = true;
        IsHearing = true;
        await using var probe = new NpgsqlCommand("SELECT 1", connection);
        while (true)
            if (!await connection.WaitAsync(KeepAlive, ct))
                await probe.ExecuteNonQueryAsync(ct);
    }
}
