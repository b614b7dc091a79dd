using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmKpi.Deploy.Tests.Chart;

/// <summary>Further databases: who has one database has all of them.</summary>
public sealed class DatabasesTests
{
    private static readonly string[] Owners =
        ["crm-kpi-ingestion", "crm-kpi-migration", "crm-kpi-projections", "crm-kpi-query"];

    [ToolsTheory]
    [InlineData("crm-kpi-ingestion", "db-north/connectionString", "db-south/npgsql")]
    [InlineData("crm-kpi-projections", "db-north/connectionString", "db-south/npgsql")]
    [InlineData("crm-kpi-query", "db-north/connectionString", "db-south-query/readOnly")]
    [InlineData("crm-kpi-migration", "db-north/connectionString", "db-south-migrate/connectionString")]
    public async Task Each_has_its_secret_of_each_database(string owner, string north, string south)
    {
        var workload = Workload(await Renderings.Named("chart sharded"), owner);

        Assert.Equal("crm-kpi-database/connectionString", workload.SecretOf());
        Assert.Equal("north", Value(workload, "Postgres__Databases__0__Name"));
        Assert.Equal(north, workload.SecretOf("Postgres__Databases__0__ConnectionString"));
        Assert.Equal("south", Value(workload, "Postgres__Databases__1__Name"));
        Assert.Equal(south, workload.SecretOf("Postgres__Databases__1__ConnectionString"));
        Assert.Equal("north", Value(workload, "Postgres__NewTenantsIn"));
        Assert.Equal(5, Settings(workload).Count(name => name != "Postgres__MigrateOnly"));
    }

    [ToolsFact]
    public async Task All_but_the_gateway_have_the_same_ones_in_the_same_order()
    {
        // As many as are possible: an order by text would put 10 before 2.
        string[] names = [.. Enumerable.Range(0, 64).Select(i => $"shard-{64 - i}")];
        var items = names.Select(name => $"{{ name: {name}, existingSecret: db-{name} }}");
        var rendering = await Renderings.Chart($$"""
            database: { existingSecret: db }
            databases: [{{string.Join(", ", items)}}]
            """);

        foreach (var owner in Owners)
        {
            var workload = Workload(rendering, owner);
            Assert.Equal(names, names.Index().Select(n => Value(workload, $"Postgres__Databases__{n.Index}__Name")));
            Assert.Equal(
                names.Select(name => $"db-{name}/connectionString"),
                names.Index().Select(n => workload.SecretOf($"Postgres__Databases__{n.Index}__ConnectionString")));
            Assert.Equal("main", Value(workload, "Postgres__NewTenantsIn"));
        }
        Assert.Empty(Settings(Workload(rendering, "crm-kpi-gateway")));
    }

    [ToolsFact]
    public async Task With_one_database_nothing_is_said_of_further_ones()
    {
        var rendering = await Renderings.Named("chart minimal");

        foreach (var owner in Owners)
            Assert.Empty(Settings(Workload(rendering, owner)).Except(["Postgres__MigrateOnly"]));
    }

    [ToolsFact]
    public async Task A_secret_for_each_role_will_do()
    {
        var rendering = await Renderings.Chart("""
            database: { cnpg: { cluster: shared } }
            databases:
              - name: north
                roles:
                  migration: { existingSecret: n-migrate }
                  ingestion: { existingSecret: n-ingest }
                  projections: { existingSecret: n-project, key: npgsql }
                  query: { existingSecret: n-query }
            networkPolicy: { database: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }
            """);

        Assert.Equal(
            ["n-ingest/connectionString", "n-migrate/connectionString", "n-project/npgsql", "n-query/connectionString"],
            Owners.Select(o => Workload(rendering, o).SecretOf("Postgres__Databases__0__ConnectionString")));
    }

    [ToolsFact]
    public async Task Without_the_job_the_login_that_migrates_needs_no_secret()
    {
        var rendering = await Renderings.Chart("""
            database: { existingSecret: db }
            migration: { enabled: false }
            databases:
              - name: north
                roles:
                  ingestion: { existingSecret: i }
                  projections: { existingSecret: p }
                  query: { existingSecret: q }
            """);

        Assert.Equal(
            "p/connectionString",
            Workload(rendering, "crm-kpi-projections").SecretOf("Postgres__Databases__0__ConnectionString"));
    }

    [ToolsFact]
    public async Task A_name_that_YAML_takes_for_something_else_stays_a_name()
    {
        var rendering = await Renderings.Chart("""
            database: { existingSecret: db }
            databases: [{ name: "true", existingSecret: s }]
            newTenantsIn: "true"
            """);

        foreach (var variable in (string[])["Postgres__Databases__0__Name", "Postgres__NewTenantsIn"])
            Assert.Equal(
                JsonValueKind.String,
                Workload(rendering, "crm-kpi-query").Variable(variable)!["value"]!.GetValueKind());
    }

    [ToolsFact]
    public async Task KEDA_asks_the_main_database_and_those_with_a_URI()
    {
        var rendering = await Renderings.Named("chart sharded");

        var triggers = rendering.Get("ScaledObject", "crm-kpi-projections").Each("spec.triggers").ToList();
        Assert.Equal(
            ["crm-kpi-projections", "crm-kpi-projections-north-uri"],
            triggers.Select(trigger => trigger.Text("authenticationRef.name")));
        Assert.All(triggers, trigger =>
        {
            Assert.Equal("AverageValue", trigger.Text("metricType"));
            Assert.Equal("SELECT kpi.lag_events()", trigger.Text("metadata.query"));
            Assert.Equal("50000", trigger.Text("metadata.targetQueryValue"));
        });
        Assert.Equal(
            ["crm-kpi-projections: crm-kpi-monitor/uri", "crm-kpi-projections-north-uri: db-north/uri"],
            from authentication in rendering.OfKind("TriggerAuthentication")
            let target = authentication.At("spec.secretTargetRef.0")
            select $"{authentication.Text("metadata.name")}: {target.Text("name")}/{target.Text("key")}");
    }

    [ToolsFact]
    public async Task The_name_of_what_KEDA_authenticates_with_ends_as_Kubernetes_wants_it()
    {
        var rendering = await Renderings.Chart("""
            database: { existingSecret: db }
            databases: [{ name: a-, existingSecret: s, uriKey: uri }]
            projections: { keda: { enabled: true, existingSecret: m } }
            """);

        Assert.Matches(
            "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", rendering.OfKind("TriggerAuthentication").Last().Text("metadata.name"));
    }

    [ToolsFact]
    public async Task Network_policies_let_all_who_have_databases_reach_all_of_them()
    {
        var rendering = await Renderings.Named("chart sharded");

        foreach (var owner in Owners)
        {
            var rule = Assert.Single(
                rendering.Get("NetworkPolicy", owner).Each("spec.egress"), rule => rule.Number("ports.0.port") == 5432);
            Assert.Equal(["10.20.0.0/16", "10.30.0.0/16"], rule.Each("to").Select(peer => peer.Text("ipBlock.cidr")));
        }
    }

    [ToolsFact]
    public async Task What_the_docs_show_renders()
    {
        var page = Repository.Read("docs", "kubernetes.md");
        var values = page.Split("```yaml\n").Skip(1).Select(after => after.Split("```")[0])
            .Single(block => block.Contains("\ndatabases:", StringComparison.Ordinal));

        var query = Workload(await Renderings.Chart(values), "crm-kpi-query");
        Assert.Equal("south-query/connectionString", query.SecretOf("Postgres__Databases__1__ConnectionString"));
    }

    private static JsonObject Workload(Rendering rendering, string name) =>
        rendering.Get(name == "crm-kpi-migration" ? "Job" : "Deployment", name);

    private static string? Value(JsonObject owner, string variable) => owner.Variable(variable).Text("value");

    /// <summary>What is said of databases, but for the connection of the main one.</summary>
    private static IEnumerable<string> Settings(JsonObject owner) =>
        owner.Each("spec.template.spec.containers.0.env").Select(variable => variable.Text("name")!)
            .Where(name => name.StartsWith("Postgres__", StringComparison.Ordinal))
            .Except(["Postgres__ConnectionString"]);
}
