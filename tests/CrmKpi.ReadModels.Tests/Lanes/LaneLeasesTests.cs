using CrmKpi.Projections.Lanes;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Lanes;

public sealed class LaneLeasesTests
{
    [Fact]
    public async Task Sessions_share_the_slots_and_inherit_from_one_that_ends()
    {
        await using var database = await TestDatabase.Create(migrated: false);
        await using var first = await LaneLeases.Open(database.ConnectionString, default);
        await Settle(first);
        Assert.Equal(Slots.Count, first.Slots.HeldCount);

        var second = await LaneLeases.Open(database.ConnectionString, default);
        var third = await LaneLeases.Open(database.ConnectionString, default);
        await Settle(first, second, third);
        Assert.Equal([86, 86, 84], new[] { first, second, third }.Select(l => l.Slots.HeldCount).OrderDescending());
        AssertDisjoint(first, second, third);

        await third.DisposeAsync();
        await SettleUntil(() => first.Processes == 2 && first.Slots.HeldCount + second.Slots.HeldCount == Slots.Count, first, second);
        Assert.Equal([128, 128], new[] { first, second }.Select(l => l.Slots.HeldCount));
        AssertDisjoint(first, second);

        await second.DisposeAsync();
        await SettleUntil(() => first.Slots.HeldCount == Slots.Count, first);
        Assert.Equal(Slots.Count, first.Slots.HeldCount);
    }

    /// <summary>The server ends a session, and frees its locks, a moment after its client has gone.</summary>
    private static async Task SettleUntil(Func<bool> reached, params LaneLeases[] sessions)
    {
        const int TriesMax = 200;
        for (var tries = 0; tries < TriesMax; tries++)
        {
            await Settle(sessions);
            if (reached())
                return;
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task A_slot_is_left_when_its_running_turn_has_ended()
    {
        await using var database = await TestDatabase.Create(migrated: false);
        await using var first = await LaneLeases.Open(database.ConnectionString, default);
        await Settle(first);
        Assert.True(first.Slots.TryBegin(255));
        await using var second = await LaneLeases.Open(database.ConnectionString, default);
        await Settle(first, second);
        Assert.False(first.Slots.Holds(255));
        Assert.False(second.Slots.Holds(255));
        Assert.False(first.Slots.TryBegin(255));

        first.Slots.End(255);
        await Settle(first, second);
        Assert.True(second.Slots.Holds(255));
    }

    [Fact]
    public async Task A_session_that_was_ended_by_the_server_is_lost()
    {
        await using var database = await TestDatabase.Create(migrated: false);
        var leases = await LaneLeases.Open(database.ConnectionString, default);
        await Settle(leases);
        await database.Execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'crmkpi lanes' AND datname = current_database()");
        await Assert.ThrowsAnyAsync<Exception>(() => leases.Renew(default));
        await leases.DisposeAsync();
    }

    [Theory]
    [InlineData("a", 237)]
    [InlineData("olist", 48)]
    public void The_slot_of_a_tenant_is_the_same_in_every_version(string tenant, int slot) =>
        Assert.Equal(slot, Slots.Of(tenant));

    [Fact]
    public void Tenants_spread_over_all_slots()
    {
        var counts = Enumerable.Range(0, 25_600).GroupBy(i => Slots.Of($"tenant-{i}")).Select(g => g.Count()).ToList();
        Assert.Equal(Slots.Count, counts.Count);
        Assert.InRange(counts.Max(), 100, 200);
    }

    private static async Task Settle(params LaneLeases[] leases)
    {
        for (var round = 0; round < 6; round++)
            foreach (var each in leases)
                await each.Renew(default);
    }

    private static void AssertDisjoint(params LaneLeases[] leases)
    {
        for (var slot = 0; slot < Slots.Count; slot++)
            Assert.Single(leases, l => l.Slots.Holds(slot));
    }
}
