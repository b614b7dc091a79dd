using System.Threading.Channels;
using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.Projections.Lanes;

/// <summary>
/// Tells readers, after a commit, that a tenant's cube has moved: <c>crmkpi_cube</c>, payload <c>tenant:generation:sequence</c>.
/// What comes in while a notification is on its way is sent together. A hint: readers poll behind it.
/// </summary>
internal sealed class CubeNotifier(Database database)
{
    /// <summary>Notifications waiting at most; the oldest gives way, as every later one of its tenant says more.</summary>
    private const int WaitingMax = 10_000;

    private static readonly string NotifySql = Sql.Text<CubeNotifier>("Sql.notify_cube.sql");

    private readonly Channel<(string Tenant, int Generation, long Sequence)> _waiting =
        Channel.CreateBounded<(string, int, long)>(
            new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Notify(string tenant, int generation, long sequence) =>
        _waiting.Writer.TryWrite((tenant, generation, sequence));

    public async Task Run(CancellationToken ct)
    {
        var latest = new Dictionary<string, (int Generation, long Sequence)>();
        while (await _waiting.Reader.WaitToReadAsync(ct))
        {
            while (_waiting.Reader.TryRead(out var item))
                latest[item.Tenant] = (item.Generation, item.Sequence);
            try
            {
                await using var command = database.DataSource.CreateCommand(NotifySql);
                command.Parameters.Add(new()
                {
                    Value = latest.Select(pair => $"{pair.Key}:{pair.Value.Generation}:{pair.Value.Sequence}").ToArray(),
                });
                await command.ExecuteNonQueryAsync(ct);
            }
            catch (NpgsqlException)
            {
                // The database is in trouble; readers find out by themselves, and the lanes report it.
            }
            latest.Clear();
        }
    }
}
