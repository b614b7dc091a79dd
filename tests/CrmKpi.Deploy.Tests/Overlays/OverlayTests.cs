using System.Text.Json.Nodes;

namespace CrmKpi.Deploy.Tests.Overlays;

public sealed class OverlayTests
{
    [ToolsFact]
    public async Task The_overlay_prod_is_what_the_chart_renders()
    {
        var chart = Normalised(await Renderings.Named("chart prod"));
        var overlay = Normalised(await Renderings.Named("overlay prod"));

        Assert.Equal(chart.Keys, overlay.Keys);
        Assert.All(chart, one => Assert.Equal(one.Value, overlay[one.Key]));
        Assert.Equal(4, chart.Keys.Count(id => id.StartsWith("Deployment ", StringComparison.Ordinal)));
    }

    [ToolsFact]
    public async Task A_difference_between_overlay_and_chart_is_found()
    {
        var overlay = (await Renderings.Named("overlay prod")).Copy();
        var container = overlay.Get("Deployment", "crm-kpi-query").At("spec.template.spec.containers.0")!;
        container.At("env")!.AsArray().RemoveAt(0);

        var expected = Normalised(await Renderings.Named("chart prod"));
        var different = Normalised(overlay).Where(one => expected[one.Key] != one.Value);
        Assert.Equal(["Deployment crm-kpi-query"], different.Select(one => one.Key));
    }

    [ToolsTheory]
    [InlineData("overlay dev", 1, "StatefulSet")]
    [InlineData("overlay prod", 3, "Cluster")]
    public async Task Overlays_have_their_replicas_and_their_PostgreSQL(string overlay, int replicas, string postgres)
    {
        var rendering = await Renderings.Named(overlay);

        Assert.All(rendering.OfKind("Deployment"), d => Assert.Equal(replicas, d.Number("spec.replicas")));
        Assert.Equal("crm-kpi-postgres", Assert.Single(rendering.OfKind(postgres)).Text("metadata.name"));
        Assert.Single(rendering.Objects.Select(o => o.Text("metadata.namespace")).Distinct());
    }

    [ToolsFact]
    public async Task All_take_the_database_from_the_secret_that_CloudNativePG_makes()
    {
        foreach (var overlay in (string[])["overlay dev", "overlay prod"])
            Assert.Equal(
                ["crm-kpi-postgres-app"],
                from owner in (await Renderings.Named(overlay)).Objects
                from variable in owner.Each("spec.template.spec.containers.0.env")
                where variable["valueFrom"] is not null
                group variable by variable.Text("valueFrom.secretKeyRef.name") into secret
                select secret.Key);
    }

    /// <summary>Kind and name → the rest, in an order of its own, without what tells who rendered it.</summary>
    private static SortedDictionary<string, string> Normalised(Rendering rendering) =>
        new(rendering.Objects.ToDictionary(o => o.Id(), Normalised), StringComparer.Ordinal);

    private static string Normalised(JsonObject o)
    {
        var copy = o.DeepClone().AsObject();
        copy.Remove("metadata");
        return Sorted(copy)!.ToJsonString();
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(
            map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        // Lists of what has a name are sets to Kubernetes; the order of variables is looked at by the policy.
        JsonArray list when list.All(item => item.Text("name") is not null) => new JsonArray(
            [.. list.OrderBy(item => item.Text("name"), StringComparer.Ordinal).Select(Sorted)]),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
