using CrmKpi.Domain.Cube;
using CrmKpi.ReadModels.Store;

namespace CrmKpi.ReadModels.Tests.Store;

public sealed class CellBytesTests
{
    [Fact]
    public void Extremes_come_back_as_they_were()
    {
        CellRow[] rows =
        [
            new(new CellKey(1, 0, 0, 0), new CellValue(0, 0, 0)),
            new(new CellKey(short.MaxValue, int.MaxValue, int.MaxValue, int.MinValue),
                new CellValue(long.MinValue, Int128.MaxValue, Int128.MinValue)),
            new(new CellKey(2, -1, 5, Measure.NeverDay), new CellValue(long.MaxValue, -1, (Int128)ulong.MaxValue + 1)),
        ];
        Assert.Equal(rows, CellBytes.Read(CellBytes.Write(rows)));
    }

    [Fact]
    public void Random_cells_come_back_as_they_were()
    {
        var random = new Random(7);
        var rows = Enumerable.Range(0, 2_000).Select(_ => new CellRow(
            new CellKey((short)random.Next(100), random.Next(800_000), random.Next(1_000_000), random.Next(int.MinValue, int.MaxValue)),
            new CellValue(random.NextInt64() >> random.Next(64), Wide(random), -Wide(random)))).ToArray();
        Assert.Equal(rows, CellBytes.Read(CellBytes.Write(rows)));
    }

    [Fact]
    public void An_unknown_format_is_refused()
    {
        var bytes = CellBytes.Write([]);
        bytes[0] = 9;
        Assert.Throws<InvalidDataException>(() => CellBytes.Read(bytes));
    }

    private static Int128 Wide(Random random) =>
        new Int128((ulong)random.NextInt64(), (ulong)random.NextInt64()) >> random.Next(127);
}
