using System.Globalization;
using System.Numerics;
using CrmKpi.Domain.Cube;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Store;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Store;

public sealed class CellCopyTests
{
    [Fact]
    public async Task PostgreSQL_reads_what_was_written()
    {
        var random = new Random(5);
        Int128[] edges =
        [
            0, 1, -1, 9_999, 10_000, 10_001, -10_000, 100_000_000, long.MaxValue, long.MinValue, (Int128)ulong.MaxValue + 1,
            Int128.MaxValue, Int128.MinValue + 1, 1_000_000_000_000_000_000, (Int128)BigInteger.Pow(10, 36),
        ];
        var rows = edges.Select((edge, i) => Row(i, edge, -edge))
            .Concat(Enumerable.Range(edges.Length, 5_000).Select(i => Row(i, Wide(random), Wide(random)))).ToArray();
        await using var database = await TestDatabase.Create();
        await using (var transaction = await database.Database.For("tenant-1").Begin())
        {
            await using (var become = transaction.Batch(DatabaseRoles.Become(DatabaseRoles.ProjectCopy)))
                await become.ExecuteNonQuery();
            await CubeWriter.Copy(transaction.Connection, 7, rows, default);
            await transaction.Commit();
        }

        await using var command = database.DataSource.CreateCommand(
            """
            SELECT measure, day, dims, bucket, count, sum::text, sum_of_squares::text FROM kpi.cube
            WHERE tenant_id = 'tenant-1' AND generation = 7 ORDER BY dims
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var read = new List<CellRow>();
        while (await reader.ReadAsync())
            read.Add(new CellRow(
                new CellKey(reader.GetInt16(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3)),
                new CellValue(reader.GetInt64(4), Parse(reader.GetString(5)), Parse(reader.GetString(6)))));
        Assert.Equal(rows, read);
    }

    [Fact]
    public void Rows_are_sorted_as_the_primary_key_sorts()
    {
        var random = new Random(6);
        var rows = Enumerable.Range(0, 3_000).Select(_ => new CellRow(
            new CellKey((short)random.Next(4), random.Next(-3, 3), random.Next(4), random.Next(3) == 0 ? Measure.NeverDay : random.Next(-3, 3)),
            new CellValue(random.Next(), 0, 0))).ToArray();
        var expected = rows.OrderBy(r => r.Key, Comparer<CellKey>.Create((a, b) => CellRow.Compare(a, b))).Select(r => r.Key);
        CellRow.Sort(rows);
        Assert.Equal(expected, rows.Select(r => r.Key));
    }

    private static CellRow Row(int i, Int128 sum, Int128 squares) => new(
        new CellKey((short)(i % 90), 738_000 + i % 700, i, i % 3 == 0 ? Measure.NeverDay : i), new CellValue(i - 2_000, sum, squares));

    private static Int128 Wide(Random random) =>
        (random.Next(2) == 0 ? 1 : -1) * (new Int128((ulong)random.NextInt64(), (ulong)random.NextInt64()) >> random.Next(127));

    private static Int128 Parse(string text) => Int128.Parse(text, CultureInfo.InvariantCulture);
}
