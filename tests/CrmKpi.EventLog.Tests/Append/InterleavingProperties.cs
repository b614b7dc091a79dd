using FsCheck;
using FsCheck.Fluent;

namespace CrmKpi.EventLog.Tests.Append;

/// <summary>
/// Whatever is sent by whom and how often: sequences have no gap, each event is there once, streams are in order.
/// </summary>
public sealed class InterleavingProperties
{
    private const int Writers = 4;
    private const int CasesMax = 25;

    /// <summary>Batches of event numbers, with duplicates in and between them, each with its writer.</summary>
    private static Arbitrary<(int Writer, int[] Events)[]> Batches { get; } = (
        from batches in Gen.ArrayOf(
            from writer in Gen.Choose(0, Writers - 1)
            from events in Gen.ArrayOf(Gen.Choose(0, 30))
            select (writer, events))
        select batches).ToArbitrary();

    /// <param name="block">Events for each number: many make groups that go without looking for duplicates.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task Any_interleaving_of_batches_with_duplicates_is_numbered_without_gaps_and_kept_once(int block)
    {
        await using var db = await Given.DatabaseWith();
        await using var first = new EventLog(db.Database);
        await using var second = new EventLog(db.Database);
        var count = 0;
        Prop.ForAll(Batches, batches =>
        {
            var tenant = $"t{Interlocked.Increment(ref count)}";
            // FsCheck's properties are synchronous; the thread waits for the real database.
            return Task.Run(() => Holds(db, [first, second], tenant, Blocks(batches, block))).GetAwaiter().GetResult();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(CasesMax));
        Assert.True(count >= CasesMax);
    }

    private static (int Writer, int[] Events)[] Blocks((int Writer, int[] Events)[] batches, int block) =>
        [.. batches.Select(batch => (
            batch.Writer, batch.Events.SelectMany(n => Enumerable.Range(n * block, block)).ToArray()))];

    private static async Task<bool> Holds(
        CrmKpi.Testing.TestDatabase db, EventLog[] logs, string tenant, (int Writer, int[] Events)[] batches)
    {
        await new CrmKpi.Postgres.Control.TenantStore(db.Database).Register(tenant, tenant, "default");
        var results = await Task.WhenAll(batches.GroupBy(batch => batch.Writer).Select(writer => Task.Run(async () =>
        {
            var mine = new List<(int Sent, AppendResult Result)>();
            foreach (var (_, numbers) in writer)
                mine.Add((numbers.Length, await logs[writer.Key % logs.Length].Append(
                    tenant, [.. numbers.Select(n => Given.Event($"e{n}", $"deal/{n % 5}"))])));
            return mine;
        })));

        var sent = batches.SelectMany(batch => batch.Events).Distinct().Order().ToList();
        var stored = await logs[0].Read(tenant, 0, 10_000);
        Assert.Equal(Enumerable.Range(1, sent.Count).Select(i => (long)i), stored.Select(e => e.Sequence));
        Assert.Equal(sent, stored.Select(e => int.Parse(e.SourceId[1..])).Order());
        foreach (var stream in stored.GroupBy(e => e.StreamId))
            Assert.Equal(Enumerable.Range(1, stream.Count()).Select(i => (long)i), stream.Select(e => e.Version));
        var all = results.SelectMany(mine => mine).ToList();
        Assert.Equal(sent.Count, all.Sum(one => one.Result.Accepted));
        Assert.All(all, one => Assert.Equal(one.Sent, one.Result.Accepted + one.Result.Duplicates));
        Assert.Equal(sent.Count, await logs[0].Head(tenant));
        return true;
    }
}
