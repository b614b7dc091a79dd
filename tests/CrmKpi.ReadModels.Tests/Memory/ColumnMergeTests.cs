using CrmKpi.Domain.Cube;
using CrmKpi.ReadModels.Memory;
using CrmKpi.ReadModels.Store;

namespace CrmKpi.ReadModels.Tests.Memory;

public sealed class ColumnMergeTests
{
    private static readonly Measure Measure = Measures.DealsWon;

    [Fact]
    public void Changes_add_up_like_a_dictionary_and_stay_sorted()
    {
        var random = new Random(11);
        var expected = new Dictionary<CellKey, CellValue>();
        var column = new ColumnBuilder(0).Build(Measure);
        for (var round = 0; round < 200; round++)
        {
            var changes = new Dictionary<CellKey, CellValue>();
            for (var i = random.Next(20); i >= 0; i--)
                changes[new CellKey(Measure.Id, random.Next(10), random.Next(5), random.Next(3))] =
                    new CellValue(random.Next(-2, 3), random.Next(-1, 2), random.Next(-1, 2));
            foreach (var (key, value) in changes)
            {
                expected[key] = expected.GetValueOrDefault(key) + value;
                if (expected[key].IsZero)
                    expected.Remove(key);
            }
            var rows = changes.Select(pair => new CellRow(pair.Key, pair.Value)).ToArray();
            Array.Sort(rows, (a, b) => CellRow.Compare(a.Key, b.Key));

            column = ColumnMerge.Apply(column, rows);

            Assert.Equal(
                expected.OrderBy(pair => pair.Key, Comparer<CellKey>.Create((a, b) => CellRow.Compare(a, b)))
                    .Select(pair => (pair.Key, pair.Value)),
                Rows(column));
        }
    }

    [Fact]
    public void The_column_given_stays_as_it_is()
    {
        var one = ColumnMerge.Apply(
            new ColumnBuilder(0).Build(Measure), [new(new CellKey(Measure.Id, 1, 1, 0), new CellValue(1, 5, 25))]);
        var two = ColumnMerge.Apply(one, [new(new CellKey(Measure.Id, 1, 1, 0), new CellValue(-1, -5, -25))]);
        Assert.Equal(0, two.Length);
        Assert.Equal((new CellKey(Measure.Id, 1, 1, 0), new CellValue(1, 5, 25)), Assert.Single(Rows(one)));
    }

    private static List<(CellKey, CellValue)> Rows(MeasureColumn column)
    {
        var rows = new List<(CellKey, CellValue)>();
        for (var i = 0; i < column.Length; i++)
            rows.Add((new CellKey(Measure.Id, column.Days[i], column.Dims[i], column.Buckets[i]),
                new CellValue(column.Counts[i], column.Sums[i], column.Squares[i])));
        return rows;
    }
}
