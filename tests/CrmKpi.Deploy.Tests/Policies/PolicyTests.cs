using System.Text.Json.Nodes;

namespace CrmKpi.Deploy.Tests.Policies;

public sealed class PolicyTests
{
    private const string BaseSetUp = "chart autoscaling";

    [ToolsFact]
    public async Task Everything_rendered_keeps_the_policy()
    {
        var all = await Renderings.All;

        var broken = all.SelectMany(r => Policy.Broken(r).Select(broken => $"{r.Name}: {broken}")).ToList();
        Assert.True(broken.Count == 0, string.Join('\n', broken));
        Assert.True(all.Count >= 13);
        Assert.All(all, r => Assert.True(Policy.PodsOf(r).Count() >= 4));
    }

    [ToolsFact]
    public async Task Network_policies_select_every_pod_in_both_directions()
    {
        var withPolicies = (await Renderings.All).Where(r => r.OfKind("NetworkPolicy").Any()).ToList();

        Assert.Empty(withPolicies.SelectMany(r => Policy.Open(r).Select(open => $"{r.Name}: {open}")));
        Assert.Equal(
            ["chart single", "overlay dev"], (await Renderings.All).Except(withPolicies).Select(r => r.Name).Order());
    }

    [ToolsFact]
    public async Task Only_the_gateway_is_reached_from_outside_the_release()
    {
        foreach (var rendering in await Renderings.All)
            foreach (var policy in rendering.OfKind("NetworkPolicy"))
                if (policy.Text("metadata.name") is not "crm-kpi-gateway")
                    Assert.All(policy.Each("spec.ingress"), rule => Assert.NotEmpty(rule.Each("from")));
    }

    [ToolsFact]
    public async Task A_pod_that_no_network_policy_selects_is_found()
    {
        var rendering = (await Renderings.Named("chart minimal")).Copy();
        var labels = rendering.Get("Deployment", "crm-kpi-query").At("spec.template.metadata.labels")!.AsObject();
        labels["app.kubernetes.io/instance"] = "other";

        const string Query = "Deployment crm-kpi-query: no network policy for";
        Assert.Equal([$"{Query} Ingress", $"{Query} Egress"], Policy.Open(rendering));
    }

    [ToolsTheory]
    [MemberData(nameof(BadObjects))]
    public async Task A_bad_object_is_found(string path, string? json, string broken)
    {
        var rendering = (await Renderings.Named(BaseSetUp)).Copy();
        Set(rendering, path, json);

        Assert.Contains(broken, Policy.Broken(rendering));
    }

    /// <summary>What is changed (<c>kind/name/path</c>; null = taken away), and what is to be found.</summary>
    public static TheoryData<string, string?, string> BadObjects()
    {
        var bad = new TheoryData<string, string?, string>();
        void Pod(string path, string? json, string broken) =>
            bad.Add($"Deployment/crm-kpi-query/spec.template.spec.{path}", json, $"Deployment crm-kpi-query: {broken}");
        void Container(string path, string? json, string broken) => Pod($"containers.0.{path}", json, broken);

        Pod("securityContext.runAsNonRoot", null, "may run as root");
        Pod("securityContext.runAsUser", "0", "may run as root");
        Pod("securityContext.seccompProfile", null, "has no seccomp profile");
        Pod("hostNetwork", "true", "hostNetwork is on");
        Pod("volumes.0", """{"name":"n","hostPath":{"path":"/"}}""", "volume n is a path of the node");
        Pod("volumes.0.emptyDir", "{}", "volume tmp has no limit");
        Pod("automountServiceAccountToken", null, "has a token of the API");
        Pod("terminationGracePeriodSeconds", "35", "is killed before it has drained");
        Container("securityContext.privileged", "true", "is privileged");
        Container("securityContext.allowPrivilegeEscalation", null, "may escalate privileges");
        Container("securityContext.readOnlyRootFilesystem", "false", "writes to its root file system");
        Container("securityContext.capabilities.drop", null, "keeps capabilities");
        Container("securityContext.capabilities.add", """["NET_ADMIN"]""", "keeps capabilities");
        Container("resources.limits.memory", null, "has no limits.memory");
        Container("resources.requests.cpu", null, "has no requests.cpu");
        Container("readinessProbe", null, "has no readinessProbe");
        Container("readinessProbe.periodSeconds", "10", "drains for less than the period of its readiness probe");
        Container("image", "\"query:latest\"", "image 'query:latest' names no version");
        Container("image", "\"example.com:5000/query\"", "image 'example.com:5000/query' names no version");
        Container("env.0.name", "\"PGUSER\"", "PGUSER is set twice");
        Container("env.0.name", "\"OTHER\"",
            "Postgres__ConnectionString refers to PGDATABASE, which is not set before it");
        Container("env.0", """{"name":"X","value":"Host=a;Password=b"}""", "X holds a secret in plain text");
        Container("env.0", """{"name":"X","value":"postgres://u:p@h/d"}""", "X holds a secret in plain text");
        Container("env.0", """{"name":"API_TOKEN","value":"b"}""", "API_TOKEN holds a secret in plain text");
        Container("readinessProbe.httpGet.port", "\"http\"", "readinessProbe asks http//health/ready");
        Container("livenessProbe.httpGet.path", "\"/health/ready\"", "livenessProbe asks management//health/ready");
        Container("startupProbe.httpGet.path", "\"/health\"", "startupProbe asks management//health");
        Container("ports.2.containerPort", "9091", "has no port 'management' where Server__ManagementUrl listens");
        Container("env.0.name", "\"Postgres__Databases__north__ConnectionString\"",
            "Postgres__Databases__north__ConnectionString is no setting of query");
        Container("env.0.name", "\"Lanes__WorkersMax\"", "Lanes__WorkersMax is no setting of query");
        Container("env.0.name", "\"CRMKPI_DEBUG\"", "CRMKPI_DEBUG is no setting of query");
        Container("env.0", """{"name":"Postgres__MigrateOnly","value":"true"}""", "ends once it has migrated");
        bad.Add("Job/crm-kpi-migration/spec.template.spec.containers.0.image", "\"crm-kpi-query:1\"",
            "Job crm-kpi-migration: migrates by query, which has not the migrations of all");
        bad.Add("Job/crm-kpi-migration/spec.template.spec.containers.0.env", "[]",
            "Job crm-kpi-migration: never ends, without Postgres__MigrateOnly");
        bad.Add("Deployment/crm-kpi-query/spec.selector.matchLabels.x", "\"y\"",
            "Deployment crm-kpi-query: does not select its own pods");
        bad.Add("Deployment/crm-kpi-query/spec.replicas", "2",
            "Deployment crm-kpi-query: a number of replicas, or somebody who chooses it");
        bad.Add("HorizontalPodAutoscaler/crm-kpi-query/spec.scaleTargetRef.name", "\"crm-kpi-projections\"",
            "Deployment crm-kpi-projections: is scaled by two");
        bad.Add("HorizontalPodAutoscaler/crm-kpi-query/spec.scaleTargetRef.name", "\"x\"",
            "HorizontalPodAutoscaler crm-kpi-query: scales nothing");
        bad.Add("HorizontalPodAutoscaler/crm-kpi-gateway/spec.minReplicas", "1",
            "PodDisruptionBudget crm-kpi-gateway: fewer than two replicas, so that nodes could never be emptied");
        bad.Add("ScaledObject/crm-kpi-projections/spec.triggers.0.authenticationRef.name", "\"x\"",
            "ScaledObject: x is not there");
        bad.Add("PodDisruptionBudget/crm-kpi-gateway/spec.selector.matchLabels.x", "\"y\"",
            "PodDisruptionBudget crm-kpi-gateway: selects no pods");
        bad.Add("Job/crm-kpi-migration/spec.template.spec.containers.0.livenessProbe", "{}",
            "Job crm-kpi-migration: ends, and has a livenessProbe");
        bad.Add("ServiceAccount/crm-kpi/automountServiceAccountToken", "true",
            "ServiceAccount crm-kpi: has a token of the API");
        bad.Add("Service/crm-kpi-query/spec.selector", "{}", "Service crm-kpi-query: selects the pods of 5 workloads");
        bad.Add("Service/crm-kpi-query/spec.ports.0.targetPort", "\"web\"",
            "Service crm-kpi-query: no container has the port web");
        bad.Add("ServiceAccount/crm-kpi/kind", "\"Secret\"", "Secret crm-kpi: secrets are made by whoever installs");
        return bad;
    }

    [ToolsFact]
    public async Task A_route_to_a_service_that_is_not_there_is_found()
    {
        var rendering = (await Renderings.Named("chart gateway-api")).Copy();
        Set(rendering, "GRPCRoute/crm-kpi-gateway/spec.rules.0.backendRefs.0.port", "9");

        Assert.Equal(
            ["GRPCRoute crm-kpi-gateway: there is no service crm-kpi-gateway with port 9"], Policy.Broken(rendering));
    }

    private static void Set(Rendering rendering, string path, string? json)
    {
        var parts = path.Split('/', 3);
        var steps = parts[2].Split('.');
        var target = rendering.Get(parts[0], parts[1]);
        var parent = steps.Length == 1 ? target : target.At(string.Join('.', steps[..^1]));
        var value = json is null ? null : JsonNode.Parse(json);
        if (parent is JsonArray list)
            list[int.Parse(steps[^1])] = value;
        else if (value is null)
            Assert.True(parent!.AsObject().Remove(steps[^1]));
        else
            parent![steps[^1]] = value;
    }
}
