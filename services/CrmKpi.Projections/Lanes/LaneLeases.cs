using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.Projections.Lanes;

/// <summary>
/// Leases slots by session advisory locks on one dedicated connection. Each live process holds a presence lock; the number of
/// these says what a fair share is. When the connection is lost, so are all leases: <see cref="Renew"/> throws, and whoever
/// runs the lanes stops them before it opens another session.
/// </summary>
public sealed class LaneLeases : IAsyncDisposable
{
    /// <summary>Classes of two-key advisory locks. WARNING: a part of the protocol between processes.</summary>
    private const int PresenceClass = 0x6b70_0001;
    private const int SlotClass = 0x6b70_0002;

    /// <summary>A session that does not answer in this time is taken for lost.</summary>
    private const int AnswerSecondsMax = 3;

    private static readonly string AnnounceSql = Sql.Text<LaneLeases>("Sql.announce_presence.sql");
    private static readonly string ReadSql = Sql.Text<LaneLeases>("Sql.read_leases.sql");
    private static readonly string TakeSql = Sql.Text<LaneLeases>("Sql.take_slots.sql");
    private static readonly string GiveBackSql = Sql.Text<LaneLeases>("Sql.give_back_slots.sql");

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlDataSource _source;

    private LaneLeases(NpgsqlDataSource source, NpgsqlConnection connection)
    {
        _source = source;
        _connection = connection;
    }

    /// <summary>The slots of this session.</summary>
    public SlotTable Slots { get; } = new();

    /// <summary>Processes alive at the last look.</summary>
    public int Processes { get; private set; }

    /// <summary>Opens the session and announces the process.</summary>
    public static async Task<LaneLeases> Open(string connectionString, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            CommandTimeout = AnswerSecondsMax,
            Timeout = AnswerSecondsMax,
            ApplicationName = "crmkpi lanes",
        };
        // Not for Unix sockets, which have no such options and refuse them.
        if (settings.Host is [not '/' and not '@', ..])
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 3, 1);
        var source = NpgsqlDataSource.Create(settings);
        try
        {
            var connection = await source.OpenConnectionAsync(ct);
            var leases = new LaneLeases(source, connection);
            await using var announce = leases.Command(AnnounceSql, PresenceClass);
            await announce.ExecuteNonQueryAsync(ct);
            return leases;
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// One look: 1. prove that the session lives and read who else does; 2. give back slots beyond the fair share whose last
    /// turn has ended; 3. take free slots up to the share. Answers the slots taken.
    /// </summary>
    /// <exception cref="NpgsqlException">The session is lost.</exception>
    public async Task<IReadOnlyList<int>> Renew(CancellationToken ct)
    {
        // 1. The look itself is the keep-alive.
        var (processes, taken) = await Read(ct);
        Processes = processes;
        var share = (Lanes.Slots.Count + processes - 1) / processes;

        // 2. Slots are left at once for new turns, and given back when the running ones are over.
        Slots.Leave(Slots.HeldCount - share);
        if (Slots.TakeOutLeft() is { Length: > 0 } left)
        {
            await using var giveBack = Command(GiveBackSql, SlotClass, left);
            await giveBack.ExecuteNonQueryAsync(ct);
        }

        // 3. From a random place on, so that processes that start together do not all want the same slots.
        var wanted = share - Slots.CountWithLeaving();
        if (wanted <= 0)
            return [];
        var start = Random.Shared.Next(Lanes.Slots.Count);
        var free = Enumerable.Range(0, Lanes.Slots.Count).Select(i => (start + i) % Lanes.Slots.Count)
            .Where(slot => !taken.Contains(slot)).Take(wanted).ToArray();
        if (free.Length == 0)
            return [];
        var got = await Take(free, ct);
        Slots.Take(got);
        return got;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    private async Task<(int Processes, HashSet<int> Taken)> Read(CancellationToken ct)
    {
        await using var command = Command(ReadSql, (long)PresenceClass, (long)SlotClass);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var processes = 0;
        var present = false;
        var taken = new HashSet<int>();
        while (await reader.ReadAsync(ct))
            if (reader.GetInt64(0) == SlotClass)
                taken.Add((int)reader.GetInt64(1));
            else
            {
                processes++;
                present |= reader.GetBoolean(2);
            }
        if (!present)
            throw new InvalidOperationException("The session has lost its presence lock: its leases cannot be trusted.");
        return (processes, taken);
    }

    private async Task<List<int>> Take(int[] slots, CancellationToken ct)
    {
        var got = new List<int>(slots.Length);
        await using var command = Command(TakeSql, SlotClass, slots);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            got.Add(reader.GetInt32(0));
        return got;
    }

    private NpgsqlCommand Command(string sql, params object[] parameters)
    {
        var command = new NpgsqlCommand(sql, _connection);
        foreach (var value in parameters)
            command.Parameters.Add(new() { Value = value });
        return command;
    }
}
