using CrmKpi.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace CrmKpi.ReadModels.Store;

/// <summary>Writes cell changes, within the transaction of a projection commit.</summary>
internal static class CubeWriter
{
    /// <summary>Changes of more cells are not kept for readers: loading the cube again costs them no more.</summary>
    private const int ChangeCellsMax = 20_000;

    /// <summary>Commits that a reader may be behind before it has to load the cube again.</summary>
    private const int ChangesKept = 32;

    private static readonly string AddSql = Sql.Text<ProjectionStore>("Sql.add_cells.sql");
    private static readonly string CopySql = Sql.Text<ProjectionStore>("Sql.copy_cells.sql");
    private static readonly string ChangesSql = Sql.Text<ProjectionStore>("Sql.insert_changes.sql");
    private static readonly string TrimSql = Sql.Text<ProjectionStore>("Sql.trim_changes.sql");

    /// <summary>The statement that adds changes to a cube with cells.</summary>
    public static NpgsqlBatchCommand Add(string tenant, int generation, CellRow[] rows) => new(AddSql)
    {
        Parameters =
        {
            new() { Value = tenant },
            new() { Value = generation },
            new() { Value = Array.ConvertAll(rows, row => row.Key.Measure) },
            new() { Value = Array.ConvertAll(rows, row => row.Key.Day) },
            new() { Value = Array.ConvertAll(rows, row => row.Key.DimsId) },
            new() { Value = Array.ConvertAll(rows, row => row.Key.Bucket) },
            new() { Value = Array.ConvertAll(rows, row => row.Value.Count) },
            new()
            {
                Value = Wide.Column(rows, row => row.Value.Sum),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric,
            },
            new()
            {
                Value = Wide.Column(rows, row => row.Value.SumOfSquares),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric,
            },
        },
    };

    /// <summary>Streams the first cells of a generation.</summary>
    public static async Task Copy(
        NpgsqlConnection connection, int generation, CellRow[] rows, CancellationToken ct)
    {
        await using var copy = await connection.BeginRawBinaryCopyAsync(CopySql, ct);
        try
        {
            await CellCopy.Write(copy, generation, rows, ct);
        }
        catch
        {
            // Closing it would complete it.
            await copy.CancelAsync();
            throw;
        }
    }

    /// <summary>The statements that leave the changes to readers; none when there are too many.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Changes(
        string tenant, int generation, long from, long to, CellRow[] rows)
    {
        if (rows.Length > ChangeCellsMax)
            yield break;
        yield return new NpgsqlBatchCommand(ChangesSql)
        {
            Parameters =
            {
                new() { Value = tenant }, new() { Value = generation }, new() { Value = from }, new() { Value = to },
                new() { Value = CellBytes.Write(rows) },
            },
        };
        yield return new NpgsqlBatchCommand(TrimSql)
        {
            Parameters = { new() { Value = tenant }, new() { Value = generation }, new() { Value = ChangesKept } },
        };
    }
}
