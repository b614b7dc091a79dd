using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Tests.Folding;

public sealed class WholeFoldTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_log_folded_in_memory_gives_the_cells_of_the_read_model(int seed)
    {
        var history = new RandomHistory(seed);
        var settings = history.Settings();
        var events = history.Events(300);
        var fold = new WholeFold(settings);
        foreach (var page in events.Chunk(37))
            fold.Add(page);
        var snapshot = fold.Complete("acme", events[^1].Sequence);

        Assert.Equal(("acme", 300, 0), (snapshot.Tenant, snapshot.Sequence, snapshot.Generation));
        Assert.Same(settings, snapshot.Settings);
        var cells = snapshot.Columns.Values.SelectMany(CellsOf).ToDictionary();
        var model = ReadModel.Of(settings, events);
        Assert.Equal(model.Cells, cells);
        Assert.Equal(
            model.States.OrderBy(s => s.Key.Stream, StringComparer.Ordinal).Select(s => (s.Key, Convert.ToHexString(s.Value))),
            fold.Entities.OrderBy(e => e.Key.Stream, StringComparer.Ordinal).Select(e => (e.Key, Convert.ToHexString(e.Serialize()))));

        IEnumerable<KeyValuePair<CubeCell, CellValue>> CellsOf(MeasureColumn c)
        {
            for (var i = 0; i < c.Length; i++)
                yield return new(
                    new CubeCell(c.Measure, c.Days[i], snapshot.DimensionSets[c.Dims[i]], c.Buckets[i]),
                    new CellValue(c.Counts[i], c.Sums[i], c.Squares[i]));
        }
    }

    [Fact]
    public void Nothing_folded_is_an_empty_cube_of_all_measures()
    {
        var snapshot = new WholeFold(new()).Complete("acme", 0);
        Assert.All(Measures.All, measure => Assert.Equal(0, snapshot.Column(measure).Length));
        Assert.Empty(snapshot.DimensionSets);
    }

    [Fact]
    public void A_fold_nobody_waits_for_any_more_ends()
    {
        var fold = new WholeFold(new());
        fold.Add(new RandomHistory(1).Events(50));
        Assert.Throws<OperationCanceledException>(() => fold.Complete("acme", 50, new CancellationToken(canceled: true)));
    }
}
