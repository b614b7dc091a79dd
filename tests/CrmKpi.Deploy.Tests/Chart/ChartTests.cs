using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CrmKpi.Deploy.Tests.Chart;

public sealed partial class ChartTests
{
    public static TheoryData<string> SetUps => [.. Repository.SetUps.Select(file => Path.GetFileName(file)!)];

    [ToolsTheory]
    [MemberData(nameof(SetUps))]
    public async Task Lints(string setUp)
    {
        var values = Path.Combine(Repository.Chart, "ci", setUp);
        var run = await Tools.Helm("", "lint", "--strict", Repository.Chart, "-f", values);

        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", run.Succeeded());
        Assert.DoesNotContain("[WARNING]", run.Output);
    }

    [ToolsTheory]
    [InlineData("minimal", "ConfigMap,Deployment,Job,NetworkPolicy,PodDisruptionBudget,Service,ServiceAccount")]
    [InlineData("single", "Deployment,Service,ServiceAccount")]
    [InlineData("autoscaling", "Cluster,ConfigMap,Deployment,HorizontalPodAutoscaler,Job,NetworkPolicy,"
        + "PodDisruptionBudget,ScaledObject,Service,ServiceAccount,TriggerAuthentication")]
    [InlineData("gateway-api",
        "ConfigMap,Deployment,GRPCRoute,HTTPRoute,Job,NetworkPolicy,PodDisruptionBudget,Service,ServiceAccount")]
    [InlineData("ingress", "ConfigMap,Deployment,Ingress,Job,NetworkPolicy,PodDisruptionBudget,Service,ServiceAccount")]
    public async Task Renders_what_was_asked_for_and_no_more(string setUp, string kinds)
    {
        var rendering = await Renderings.Named($"chart {setUp}");

        // Dashboards are as many as lie in their folder.
        Assert.Equal(
            kinds.Split(',').Where(kind => kind != "ConfigMap"),
            rendering.Objects.Select(o => o.Text("kind")!).Where(kind => kind != "ConfigMap").Distinct().Order());
        Assert.All(rendering.OfKind("ConfigMap"), _ => Assert.Contains("ConfigMap", kinds));
    }

    [ToolsFact]
    public async Task Each_role_may_have_a_secret_of_its_own()
    {
        var rendering = await Renderings.Named("chart roles");

        Assert.Equal("db-ingest/connectionString", rendering.Get("Deployment", "crm-kpi-ingestion").SecretOf());
        Assert.Equal("db-project/connectionString", rendering.Get("Deployment", "crm-kpi-projections").SecretOf());
        Assert.Equal("db-query/npgsql", rendering.Get("Deployment", "crm-kpi-query").SecretOf());
        Assert.Equal("db-migrate/connectionString", rendering.Get("Job", "crm-kpi-migration").SecretOf());
        Assert.Equal(
            "registry.example.com/crm/crm-kpi-projections:1.2.3",
            rendering.Get("Job", "crm-kpi-migration").Text("spec.template.spec.containers.0.image"));
    }

    [ToolsFact]
    public async Task Migrates_before_services_are_changed_and_after_a_database_of_its_own_is_made()
    {
        static string? HookOf(Rendering rendering) =>
            rendering.Get("Job", "crm-kpi-migration").At("metadata.annotations")!["helm.sh/hook"]!.ToString();

        Assert.Equal("pre-install,pre-upgrade", HookOf(await Renderings.Named("chart minimal")));
        Assert.Equal("post-install,pre-upgrade", HookOf(await Renderings.Named("chart prod")));
        // Its log has the first key: it is not deleted when it is done.
        Assert.Equal("before-hook-creation", (await Renderings.Named("chart minimal")).Get("Job", "crm-kpi-migration")
            .At("metadata.annotations")!["helm.sh/hook-delete-policy"]!.ToString());
    }

    [ToolsFact]
    public async Task Settings_of_a_service_win_over_those_of_all()
    {
        var rendering = await Renderings.Chart("""
            database: { existingSecret: db }
            config: { TenantLimits__PerSecond: "1", Limits__InFlightMax: "2" }
            query: { config: { TenantLimits__PerSecond: "3" } }
            """);

        Assert.Equal("3", Variable(rendering, "query", "TenantLimits__PerSecond"));
        Assert.Equal("2", Variable(rendering, "query", "Limits__InFlightMax"));
        Assert.Equal("1", Variable(rendering, "ingestion", "TenantLimits__PerSecond"));
    }

    [ToolsFact]
    public async Task Telemetry_is_off_without_an_endpoint()
    {
        Assert.Null(Variable(await Renderings.Named("chart minimal"), "query", "OTEL_EXPORTER_OTLP_ENDPOINT"));
        var rendering = await Renderings.Named("chart telemetry");
        Assert.NotNull(Variable(rendering, "query", "OTEL_EXPORTER_OTLP_ENDPOINT"));
        // Dashboards and alerts know services by the names that they give themselves.
        Assert.Null(Variable(rendering, "query", "OTEL_SERVICE_NAME"));
        Assert.EndsWith(",deployment.environment.name=prod", Variable(rendering, "query", "OTEL_RESOURCE_ATTRIBUTES"));
        Assert.Equal(
            "otlp-headers/headers",
            rendering.Get("Deployment", "crm-kpi-query").SecretOf("OTEL_EXPORTER_OTLP_HEADERS"));
        var egress = rendering.Get("NetworkPolicy", "crm-kpi-query").Each("spec.egress");
        Assert.Contains(egress, rule => rule.Number("ports.0.port") == 443);
    }

    [ToolsFact]
    public async Task Dashboards_and_rules_stand_as_they_are_in_their_folders()
    {
        var rendering = await Monitoring.Rendered.Value;

        var dashboard = rendering.Get("ConfigMap", "crm-kpi-dashboard-test-lag");
        Assert.Equal("1", dashboard.Text("metadata.labels.grafana_dashboard"));
        Assert.Equal(Monitoring.Dashboard, dashboard.At("data")!["test-lag.json"]!.ToString());
        var rule = rendering.Get("PrometheusRule", "crm-kpi-test");
        Assert.Equal("prometheus", rule.Text("metadata.labels.release"));
        Assert.True(JsonNode.DeepEquals(Yaml.Object(Monitoring.Alerts), rule["spec"]));
    }

    [ToolsFact]
    public async Task Notes_tell_where_the_first_key_is()
    {
        var run = await Tools.Helm(
            "database: { existingSecret: db }",
            "install", "kpi", Repository.Chart, "-n", "crm", "--dry-run=client", "-f", "-");

        Assert.Contains("kubectl -n crm logs -l app.kubernetes.io/instance=kpi", run.Succeeded());
        Assert.Contains("service/kpi-crm-kpi-gateway 8080", run.Output);
    }

    [ToolsFact]
    public async Task What_the_docs_tell_to_run_renders()
    {
        var page = Repository.Read("docs", "kubernetes.md").Replace("\\\n", "", StringComparison.Ordinal);
        var commands = HelmCommand().Matches(page).Select(match => match.Groups[1].Value).ToList();

        Assert.True(commands.Count >= 2);
        foreach (var command in commands)
        {
            var asTemplate = command.Replace("charts/crm-kpi", Repository.Chart, StringComparison.Ordinal)
                .Replace("--create-namespace", "", StringComparison.Ordinal)
                .Replace("--reuse-values", "--set database.existingSecret=of-before", StringComparison.Ordinal);
            string[] arguments = asTemplate.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            (await Tools.Helm("", ["template", .. arguments])).Succeeded();
        }
    }

    [ToolsTheory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(15, 1)]
    public async Task The_test_of_the_release_fails_when_the_event_was_not_counted(int counted, int exitCode)
    {
        var job = (await Renderings.Named("chart ingress")).Get("Job", "crm-kpi-test");
        var container = job.At("spec.template.spec.containers.0")!;
        Assert.Equal(["sh", "-ec"], container.At("command")!.AsArray().Take(2).Select(part => part!.ToString()));
        // A curl that knows these three answers only.
        var script = $$"""
            set -eu
            curl() {
              case "$*" in
                *X-Api-Key:\ k\ http://gateway/v1/tenants/helm-test\ -X\ PUT*) echo '{}' ;;
                *http://gateway/v1/tenants/helm-test/events*lead.created*) echo '{"accepted":1,"sequence":42}' ;;
                *kpi=leads_created*minSequence=42*) echo '{"values":[{"value":{{counted}},"n":1}]}' ;;
                *) return 22 ;;
              esac
            }
            KEY=k
            GATEWAY=http://gateway
            {{container.Text("command.2")}}
            """;

        Assert.Equal(exitCode, (await Tools.Execute("sh", script, "-s")).ExitCode);
    }

    [ToolsFact]
    public async Task The_cluster_has_the_roles_of_the_services()
    {
        var source = Repository.Read("services", "CrmKpi.Postgres", "Isolation", "DatabaseRoles.cs");
        var cluster = (await Renderings.Named("chart prod")).Get("Cluster", "crm-kpi-postgres");
        var statements = cluster.At("spec.bootstrap.initdb.postInitApplicationSQL")!.AsArray()
            .Select(statement => statement!.ToString()).ToList();

        var roles = RoleName().Matches(source).Select(match => match.Groups[1].Value).ToList();
        Assert.True(roles.Count >= 7);
        foreach (var role in roles)
        {
            var bypass = role.EndsWith("_copy", StringComparison.Ordinal) ? " BYPASSRLS" : "";
            Assert.Contains($"CREATE ROLE {role} NOLOGIN{bypass}", statements);
            Assert.Contains(role, statements[^1]);
        }
    }

    private static string? Variable(Rendering rendering, string component, string name) =>
        rendering.Get("Deployment", $"crm-kpi-{component}").Variable(name).Text("value");

    [GeneratedRegex("^helm (?:install|upgrade --install) (.*)$", RegexOptions.Multiline)]
    private static partial Regex HelmCommand();

    [GeneratedRegex("const string \\w+ = \"(crmkpi_\\w+)\"")]
    private static partial Regex RoleName();
}
