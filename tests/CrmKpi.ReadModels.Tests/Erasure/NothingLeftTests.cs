using System.Text;
using System.Text.RegularExpressions;
using CrmKpi.EventLog;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using CrmKpi.ReadModels.Tests.Isolation;

namespace CrmKpi.ReadModels.Tests.Erasure;

/// <summary>
/// The proof from outside: every row of every table of every schema as text, before and after, without asking the
/// product which tables there are.
/// </summary>
public sealed partial class NothingLeftTests
{
    private const string SecondAgency = "second";

    /// <summary>Stands in names, payloads, ids and bodies of the tenant that goes.</summary>
    private const string Marker = "Zwetschgendatschi";

    private static readonly ActedBy Tester = ActedBy.Process("test");

    [Fact]
    public async Task No_row_of_any_table_tells_of_the_tenant_and_every_row_of_others_is_as_it_was()
    {
        await using var world = await Isolated.TwoTenants(800, SecondAgency);
        await Mark(world, Isolated.A, Agency.Default, Marker);
        await Mark(world, Isolated.B, SecondAgency, "Topfenstrudel");
        var before = await EveryRow.Read(world.Database);
        var marked = before.Where(row => row.TellsOf(Marker)).Select(row => row.Table).Distinct().ToArray();
        Assert.Superset(
            new HashSet<string>(
            [
                "control.api_keys", "control.audit", "control.own_kpis", "control.quarantine", "control.tenants",
                "events.mt_doc_deadletterevent", "kpi.dimension_sets", "kpi.deals",
            ]),
            marked.ToHashSet());
        Assert.Contains(marked, table => table.StartsWith("events.mt_events_", StringComparison.Ordinal));
        Assert.Contains(marked, table => table.StartsWith("events.mt_streams_", StringComparison.Ordinal));

        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var erasure = new TenantErasure(privacy, chunkRows: 300);
        Assert.True(await erasure.Begin(Isolated.A, Agency.Default, Tester));
        while (await erasure.Find(Isolated.A) is { FinishedAt: null })
            await erasure.Step(Isolated.A);

        var after = await EveryRow.Read(world.Database);
        Assert.DoesNotContain(after, row => row.TellsOf(Marker));
        // The id itself stays in the record of the deletion and in the agency's trail, nowhere else.
        Assert.Equal(
            ["control.audit", "control.deletions"],
            after.Where(row => Id().IsMatch(row.Text)).Select(row => row.Table).Distinct().Order(StringComparer.Ordinal));
        var others = before
            .Where(row => !row.TellsOf(Marker) && !Id().IsMatch(row.Text) && !MovesByItself(row.Table)).ToArray();
        var known = others.ToHashSet();
        Assert.Equal(others, after.Where(known.Contains));
        Assert.True(others.Count(row => row.Text.Contains(Isolated.B, StringComparison.Ordinal)) > 2_000);
        // What has come: the record, and an act in the trail of the agency.
        var came = after.Except(before).Select(row => row.Table).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["control.agencies", "control.audit", "control.deletions", "control.usage_days"], came);
    }

    /// <summary>What a tenant leaves in every place that takes a text of its own.</summary>
    private static async Task Mark(World world, string tenant, string agency, string marker)
    {
        var database = world.Database.Database;
        await world.Database.Execute($"UPDATE control.tenants SET name = '{marker}' WHERE id = '{tenant}'");
        await world.Database.Execute($$"""
            UPDATE control.audit SET changes = '{"name": "{{marker}}"}' WHERE subject = 'tenant/{{tenant}}';
            INSERT INTO events.mt_event_progression (name, last_seq_id) VALUES ('Trips:All:{{tenant}}', 7);
            INSERT INTO events.mt_doc_deadletterevent (id, data) VALUES (gen_random_uuid(),
                '{"ShardName": "Trips:All:{{tenant}}", "ExceptionMessage": "{{marker}}"}')
            """);
        await new KeyStore(database).Create($"key of {marker}", agency, Scopes.Query, [tenant], null);
        await new Quarantine(database).Add(tenant, [new QuarantinedEvent(
            0, default, marker, "crm", "deal.won", "wrong", $"wrong {marker}", null, Encoding.UTF8.GetBytes(marker), 1)]);
        await new OwnKpiStore(database).Change(
            OwnKpiOwner.Tenant(tenant), Tester, _ => [new OwnKpiChange("marked", $$"""{"name": "{{marker}}"}""")]);
        await world.Append(
            tenant, "deal.created", $"deal/{marker}",
            $$"""{"pipeline":"main","stage":"new","manager":"{{marker}}","customer":"{{marker}}"}""");
        await world.Append(tenant, "deal.won", $"deal/{marker}", """{"amount":{"amount":"5","currency":"RUB"}}""");
        await world.CatchUp(tenant);
    }

    /// <summary>The number of the agency's last act, and its use of the day, which goes on without the
    /// tenant.</summary>
    private static bool MovesByItself(string table) => table is "control.agencies" or "control.usage_days";

    [GeneratedRegex(@"\balpha\b")]
    private static partial Regex Id();
}
