using System.Text;
using System.Text.Json;
using CrmKpi.Domain.Kpis;
using CrmKpi.EventLog;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;

namespace CrmKpi.Services.Tests.Query;

/// <summary>Every KPI of the catalogue, and every statistic of it, answers over HTTP with a number.</summary>
public sealed class EveryKpiTests(QueryService service) : IClassFixture<QueryService>
{
    private const int Events = 6_000;

    // Benefits never reach the costs of this history.
    private static readonly string[] MayHaveNoValue = ["payback_months"];

    [Fact]
    public async Task Every_kpi_of_the_catalogue_answers_for_a_generated_tenant()
    {
        await service.Register("generated");
        await service.Log.Append("generated", [.. GeneratedTenant.Make(seed: 1, Events).Events.Select(e =>
            new NewEvent("generated", e.Id, e.Type, e.Subject, e.Time, Encoding.UTF8.GetBytes(e.Data)))]);
        await service.Project("generated");
        var key = await service.Key(Scopes.Query, "generated");
        var catalogue = await service.Json("/v1/kpis", key);
        var ids = catalogue.GetProperty("kpis").EnumerateArray().Select(k => k.GetProperty("id").GetString()!).ToList();
        Assert.Equal(Catalogue.All.Select(k => k.Id), ids);

        var without = new List<string>();
        foreach (var id in Catalogue.All.SelectMany(Catalogue.IdsOf).Select(i => i.Replace("{n}", "30", StringComparison.Ordinal)))
        {
            var answer = await service.Json(
                $"/v1/tenants/generated/kpis?kpi={id}&from=2023-03-10&to=2024-12-10&groupBy=none&compare=previous&lang=en", key);
            var kpi = answer.GetProperty("kpis").EnumerateArray().Single();
            Assert.Equal(id, kpi.GetProperty("id").GetString());
            var point = kpi.GetProperty("series").EnumerateArray().Single().GetProperty("points").EnumerateArray().Single();
            if (point.GetProperty("value").ValueKind != JsonValueKind.Number)
                without.Add(id);
        }
        Assert.Empty(without.Except(MayHaveNoValue));
    }
}
