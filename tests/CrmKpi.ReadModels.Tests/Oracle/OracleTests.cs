using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Testing;
using Xunit.Abstractions;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>
/// The cube against a recomputation straight from the log that shares no code with it: for every KPI, for random periods, grains,
/// groupings and filters. CRMKPI_ORACLE_EVENTS and CRMKPI_ORACLE_SEED choose another history.
/// </summary>
public sealed class OracleTests(ITestOutputHelper output)
{
    private const string Tenant = "generated";
    private const int EventsDefault = 200_000;
    private const int SeedDefault = 8;
    private const int QuestionsPerKpi = 2;

    [Fact]
    public async Task Every_kpi_is_what_its_definition_says()
    {
        var seed = Setting.Of("CRMKPI_ORACLE_SEED", SeedDefault);
        var generated = GeneratedTenant.Make(seed, Setting.Of("CRMKPI_ORACLE_EVENTS", EventsDefault));
        output.WriteLine($"seed {seed}, {generated.Events.Count} events, {generated.Zone}, purchases are {generated.Purchases}");
        await using var world = await World.Create(Tenant);
        await world.Append(Tenant, generated.Events);
        await world.CatchUp(Tenant);
        await using var cubes = new TenantCubes(world.Database.Database);
        var snapshot = (await cubes.Get(Tenant, Measures.All))!;
        var facts = new OracleFacts(await OracleLog.Read(world.Log, Tenant, generated));
        Assert.Equal(facts.Log.Events.Count, snapshot.Sequence);

        var random = new Random(seed);
        var wrong = new List<string>();
        var compared = 0;
        var ids = Catalogue.All.SelectMany(Catalogue.IdsOf).Select(id => id.Replace("{n}", "30", StringComparison.Ordinal)).ToList();
        foreach (var id in ids)
            for (var i = 0; i < QuestionsPerKpi; i++)
                compared += OracleComparison.Ask(snapshot, facts, id, random, wrong);
        output.WriteLine($"{compared} values compared");
        Assert.True(wrong.Count == 0, $"seed {seed}: {wrong.Count} of {compared} values differ\n" + string.Join('\n', wrong.Take(60)));
        Assert.True(compared > QuestionsPerKpi * ids.Count, $"Only {compared} values were compared.");
    }
}
