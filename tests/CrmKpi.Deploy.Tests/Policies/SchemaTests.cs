using System.Text.Json.Nodes;

namespace CrmKpi.Deploy.Tests.Policies;

/// <summary>What Kubernetes and its extensions say of the fields of all that is rendered.</summary>
public sealed class SchemaTests
{
    [ToolsTheory]
    [InlineData("1.33")]
    [InlineData("1.34")]
    [InlineData("1.36")]
    public async Task Everything_rendered_is_known_to_Kubernetes(string version)
    {
        Rendering[] all = [.. await Renderings.All, (await Monitoring.Rendered.Value) with { Name = "monitoring" }];
        var objects = all.SelectMany(r => r.Objects.Select(o => (Id: $"{r.Name}: {o.Id()}", Object: o))).ToList();

        Assert.Equal("", await Check(version, objects));
        Assert.Superset(
            new HashSet<string?>
            {
                "Cluster", "ScaledObject", "TriggerAuthentication", "HTTPRoute", "GRPCRoute", "PrometheusRule",
                "Ingress", "NetworkPolicy", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Job", "StatefulSet",
                "ConfigMap",
            },
            objects.Select(o => o.Object.Text("kind")).ToHashSet());
    }

    [ToolsTheory]
    [InlineData("Deployment", "spec.template.spec", "volumez", "1",
        "Deployment.spec.template.spec: volumez is not known")]
    [InlineData("Deployment", "spec", "selector", null, "Deployment.spec: selector is missing")]
    [InlineData("Deployment", "spec", "revisionHistoryLimit", "\"3\"",
        "Deployment.spec.revisionHistoryLimit: \"3\" is no int32")]
    [InlineData("Deployment", "spec.template.spec", "containers", "{}",
        "Deployment.spec.template.spec.containers: is no list")]
    [InlineData("Deployment", "spec.selector.matchLabels", "a", "1",
        "Deployment.spec.selector.matchLabels.a: 1 is no string")]
    [InlineData("Deployment", "metadata", "labels", "[]", "Deployment.metadata.labels: is no object")]
    [InlineData("Cluster", "spec.storage", "sizes", "1", "Cluster.spec.storage: sizes is not known")]
    [InlineData("Cluster", "spec", "instances", "\"3\"", "Cluster.spec.instances: type {\"type\":\"integer\"}")]
    [InlineData("ScaledObject", "spec", "triggers", null,
        "ScaledObject.spec: required {\"missingProperty\":\"triggers\"}")]
    [InlineData("ScaledObject", "spec", "maxReplicas", "3", "ScaledObject.spec: maxReplicas is not known")]
    [InlineData("TriggerAuthentication", "spec.secretTargetRef.0", "keys", "1",
        "TriggerAuthentication.spec.secretTargetRef.0: keys is not known")]
    [InlineData("Cluster", "", "apiVersion", "\"postgresql.cnpg.io/v2\"", "postgresql.cnpg.io/v2 Cluster is not known")]
    [InlineData("Deployment", "", "apiVersion", "\"extensions/v1beta1\"", "extensions/v1beta1 Deployment is not known")]
    public async Task What_is_wrong_is_named(string kind, string path, string key, string? json, string problem)
    {
        var bad = (await Renderings.Named("chart autoscaling")).Copy().OfKind(kind).First();
        var parent = (path.Length == 0 ? bad : bad.At(path))!.AsObject();
        parent.Remove(key);
        if (json is not null)
            parent[key] = JsonNode.Parse(json);

        Assert.Contains($"bad: {problem}", (await Check("1.34", [("bad", bad)])).Split('\n'));
    }

    private static async Task<string> Check(string version, IEnumerable<(string Id, JsonObject Object)> objects)
    {
        var input = new JsonArray(
            [.. objects.Select(o => new JsonObject { ["id"] = o.Id, ["object"] = o.Object.DeepClone() })]);
        return (await Tools.Schemas(version, input.ToJsonString())).Succeeded();
    }
}
