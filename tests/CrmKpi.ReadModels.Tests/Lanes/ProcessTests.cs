using System.Diagnostics;
using CrmKpi.Projections;
using CrmKpi.Projections.Lanes;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Lanes;

/// <summary>Whole projection processes against one database.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan MoveMax = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Two_processes_share_the_lanes_and_one_takes_over_from_the_other_when_it_is_killed()
    {
        var tenants = Enumerable.Range(0, 12).Select(i => $"tenant-{i}").ToArray();
        await using var world = await World.Create(tenants);
        using var first = Start(world);
        using var second = Start(world);
        await WaitFor(async () => (await Held(world)).Order().SequenceEqual([128, 128]));

        var feeding = Task.Run(async () =>
        {
            foreach (var part in Enumerable.Range(0, 12))
                foreach (var tenant in tenants)
                    await world.Append(tenant, SampleHistory.Events(1_200, seed: 1).Skip(part * 100).Take(100));
        });
        await WaitFor(async () => await Projected(world) > 2_000);
        first.Kill();
        await first.WaitForExitAsync();
        var killed = Stopwatch.StartNew();
        await WaitFor(async () => (await Held(world)).SequenceEqual([Slots.Count]));
        Assert.True(killed.Elapsed < MoveMax, $"The lanes moved after {killed.Elapsed}.");

        await feeding;
        await WaitFor(async () => await Projected(world) == 12 * 1_200);
        foreach (var tenant in tenants)
            Assert.Equal(await world.ExpectedCells(tenant), await world.Cells(tenant, 1));
        second.Kill();
    }

    private static Process Start(World world) => Process.Start(new ProcessStartInfo("dotnet")
    {
        ArgumentList = { typeof(ProjectionsHost).Assembly.Location, "--urls", "http://127.0.0.1:0" },
        Environment =
        {
            ["Postgres__ConnectionString"] = world.Database.ConnectionString,
            ["Logging__LogLevel__Default"] = "None",
        },
        RedirectStandardOutput = true,
    })!;

    private static async Task<List<int>> Held(World world)
    {
        await using var command = world.Database.DataSource.CreateCommand(
            """
            SELECT count(*)::integer FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 2 AND classid = x'6b700002'::integer::oid
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            GROUP BY pid
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var held = new List<int>();
        while (await reader.ReadAsync())
            held.Add(reader.GetInt32(0));
        return held;
    }

    private static async Task<long> Projected(World world) =>
        (long)await world.Database.Scalar<decimal>("SELECT coalesce(sum(sequence), 0) FROM kpi.generations");

    private static async Task WaitFor(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await condition())
                return;
            await Task.Delay(100);
        }
        Assert.Fail("It did not happen within a minute.");
    }
}
