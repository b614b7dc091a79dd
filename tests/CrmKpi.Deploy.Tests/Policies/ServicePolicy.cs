using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CrmKpi.Deploy.Tests.Policies;

/// <summary>What holds for the pods of our services: that they are given what the code of the service knows.</summary>
internal static partial class Policy
{
    /// <summary>Each probe asks its own address, on the port that serves those and nothing else.</summary>
    private static IEnumerable<string> IsProbedWhereItAnswers(PodTemplate pod)
    {
        foreach (var container in pod.Containers.Where(c => ServiceOf(c) is not null && pod.Stays))
        {
            var port = container.Each("ports").FirstOrDefault(p => p.Text("name") == "management");
            if (ValueOf(container, "Server__ManagementUrl") != $"http://+:{port.Text("containerPort")}")
                yield return "has no port 'management' where Server__ManagementUrl listens";
            foreach (var kind in (string[])["startup", "live", "ready"])
            {
                var probe = kind switch { "live" => "livenessProbe", "ready" => "readinessProbe", _ => "startupProbe" };
                var asked = $"{container.Text($"{probe}.httpGet.port")}/{container.Text($"{probe}.httpGet.path")}";
                if (asked != $"management//health/{kind}")
                    yield return $"{probe} asks {asked}";
            }
        }
    }

    private static IEnumerable<string> HasKnownSettings(PodTemplate pod) =>
        from container in pod.Containers
        let service = ServiceOf(container)
        where service is not null
        let values = container.Each("env").Select(v => v.Text("value") ?? "").ToList()
        from name in container.Each("env").Select(variable => variable.Text("name")!)
        where !Settings.IsKnown(service, name)
            // What another one is made up of is no setting.
            && !values.Exists(v => v.Contains($"$({name})", StringComparison.Ordinal))
        select $"{name} is no setting of {service}";

    /// <summary>A job ends only when it migrates and no more, which projections can; a service must not end.</summary>
    private static IEnumerable<string> MigratesOrStays(PodTemplate pod)
    {
        foreach (var container in pod.Containers.Where(c => ServiceOf(c) is not null))
            if (ValueOf(container, "Postgres__MigrateOnly") == "true" == pod.Stays)
                yield return pod.Stays ? "ends once it has migrated" : "never ends, without Postgres__MigrateOnly";
            else if (!pod.Stays && ServiceOf(container) != "projections")
                yield return $"migrates by {ServiceOf(container)}, which has not the migrations of all";
    }

    /// <summary>Which service of ours an image is; null: something else.</summary>
    private static string? ServiceOf(JsonObject container) =>
        OurImage().Match(container.Text("image") ?? "") is { Success: true } image ? image.Groups[1].Value : null;

    private static string? ValueOf(JsonObject container, string name) =>
        container.Each("env").FirstOrDefault(variable => variable.Text("name") == name).Text("value");

    [GeneratedRegex("(?:^|/)crm-kpi-([a-z]+):")]
    private static partial Regex OurImage();
}
