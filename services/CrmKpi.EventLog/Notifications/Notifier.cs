using CrmKpi.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CrmKpi.EventLog.Notifications;

/// <summary>
/// Tells listeners of all processes which logs have moved. It does so after the commit, on a connection of its own and
/// for many commits at once: a NOTIFY inside the append would make all commits of the database wait for each other.
/// What it says is a hint: when it cannot be sent it is dropped, because listeners poll too.
/// </summary>
internal sealed partial class Notifier : IAsyncDisposable
{
    /// <summary>Shortest time between two sends: what coalesces.</summary>
    private const int SpacingMilliseconds = 5;

    private const int ErrorPauseMilliseconds = 1_000;

    private readonly Database _database;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;
    private Dictionary<string, long> _moved = new(StringComparer.Ordinal);

    public Notifier(Database database, ILogger logger)
    {
        _database = database;
        _logger = logger;
        _sending = Task.Run(Send);
    }

    /// <summary>Notes that a tenant's log has moved. Cheap; never waits.</summary>
    public void Moved(string tenant, long sequence)
    {
        lock (_gate)
        {
            _moved[tenant] = Math.Max(sequence, _moved.GetValueOrDefault(tenant));
            if (_signal.CurrentCount == 0)
                _signal.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        _stop.Dispose();
        _signal.Dispose();
    }

    private async Task Send()
    {
        NpgsqlConnection? connection = null;
        try
        {
            while (true)
            {
                await _signal.WaitAsync(_stop.Token);
                try
                {
                    connection ??= await Open();
                    await using var command = new NpgsqlCommand(Texts.Notify, connection);
                    command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Payloads() });
                    await command.ExecuteNonQueryAsync(_stop.Token);
                    await Task.Delay(SpacingMilliseconds, _stop.Token);
                }
                catch (NpgsqlException e)
                {
                    LogFailed(e);
                    if (connection is not null)
                        await connection.DisposeAsync();
                    connection = null;
                    await Task.Delay(ErrorPauseMilliseconds, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Closing: hints that were not sent are found by polling.
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync();
        }
    }

    private async Task<NpgsqlConnection> Open()
    {
        var connection = await _database.OpenDedicated(_stop.Token);
        // A notification needs no durability, and its commit must not wait for the disk.
        await using var command = new NpgsqlCommand("SET synchronous_commit = off", connection);
        await command.ExecuteNonQueryAsync(_stop.Token);
        return connection;
    }

    private string[] Payloads()
    {
        Dictionary<string, long> moved;
        lock (_gate)
        {
            moved = _moved;
            _moved = new Dictionary<string, long>(StringComparer.Ordinal);
        }
        return [.. moved.Select(pair => LogMoved.Payload(pair.Key, pair.Value))];
    }

    [LoggerMessage(EventId = 1010, Level = LogLevel.Warning,
        Message = "Notifications of the event log could not be sent")]
    private partial void LogFailed(Exception e);
}
