using System.Globalization;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using FsCheck;
using FsCheck.Fluent;

namespace CrmKpi.Domain.Tests.Folding;

public sealed class FoldBatchProperties
{
    public FoldBatchProperties() => CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

    [Fact]
    public void Any_order_any_repetition_and_any_batches_give_the_same_states_and_cells_to_the_bit()
    {
        Prop.ForAll(Histories(), ((int Seed, int Count) history) =>
        {
            var generator = new RandomHistory(history.Seed);
            var settings = generator.Settings();
            var events = generator.Events(history.Count);
            var once = ReadModel.Of(settings, events);

            var random = new Random(history.Seed + 1);
            var shuffled = Shuffled(events, random);
            var pieces = new ReadModel(settings);
            for (var at = 0; at < shuffled.Length;)
            {
                var length = Math.Min(random.Next(1, 9), shuffled.Length - at);
                pieces.Fold(shuffled.AsSpan(at, length));
                at += length;
            }

            AssertSame(once, pieces);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(120));
    }

    [Fact]
    public void The_cells_are_the_sum_of_what_the_final_states_contribute()
    {
        Prop.ForAll(Histories(), ((int Seed, int Count) history) =>
        {
            var generator = new RandomHistory(history.Seed);
            var model = new ReadModel(generator.Settings());
            foreach (var e in generator.Events(history.Count))
                model.Fold([e]);

            Assert.Equal(Text(model.CellsOfStates()), Text(model.Cells));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(120));
    }

    [Fact]
    public void A_batch_of_events_seen_before_changes_nothing()
    {
        var generator = new RandomHistory(7);
        var (settings, events) = (generator.Settings(), generator.Events(200));
        var model = ReadModel.Of(settings, events);
        var batch = new FoldBatch(settings);
        batch.Add(events);
        while (batch.Missing is { Count: > 0 } keys)
            foreach (var key in keys)
                batch.Load(key, model.States.TryGetValue(key, out var bytes) ? EntityState.Deserialize(key, bytes) : null);

        var changes = batch.Complete();

        Assert.Empty(changes.Cells);
        Assert.Empty(changes.Entities);
    }

    private static Arbitrary<(int Seed, int Count)> Histories() => Gen.Sized(size =>
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from count in Gen.Choose(0, size + 2)
        select (seed, count)).ToArbitrary();

    private static LogEvent[] Shuffled(LogEvent[] events, Random random)
    {
        var repeated = events.Concat(events.Where(_ => random.Next(3) == 0)).Concat(events.Where(_ => random.Next(5) == 0));
        var array = repeated.ToArray();
        random.Shuffle(array);
        return array;
    }

    private static void AssertSame(ReadModel expected, ReadModel actual)
    {
        Assert.Equal(expected.States.Keys.Select(k => k.ToString()).Order(), actual.States.Keys.Select(k => k.ToString()).Order());
        foreach (var (key, bytes) in expected.States)
            Assert.True(bytes.AsSpan().SequenceEqual(actual.States[key]), $"The states of {key} differ.");
        Assert.Equal(Text(expected.Cells), Text(actual.Cells));
    }

    private static string Text(Dictionary<CubeCell, Domain.Cube.CellValue> cells) => string.Join('\n',
        cells.Select(c => $"{c.Key.Measure} {c.Key.Day} {c.Key.Dims} {c.Key.Bucket}: {c.Value}").Order(StringComparer.Ordinal));
}
