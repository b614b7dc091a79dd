using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CrmKpi.Deploy.Tests.Policies;

/// <summary>
/// What holds for everything that is rendered, beyond the schemas: each rule is a function from a rendering to the
/// objects that break it, with the reason.
/// </summary>
internal static partial class Policy
{
    private static readonly Func<Rendering, IEnumerable<string>>[] Rules =
    [
        Pods(HoldsToRestrictedPodSecurity), Pods(HasNoToken), Pods(IsLimited), Pods(IsProbed), Pods(IsPinned),
        Pods(IsProbedWhereItAnswers), Pods(HasSoundEnvironment), Pods(HasKnownSettings), Pods(MigratesOrStays),
        Pods(LeavesInTime), BudgetsLeaveSomebody, NothingSecret, AccountsHaveNoToken,
        SelectorsMeetPods, ScalersHaveTheirTarget, RoutesMeetServices,
    ];

    /// <summary>All that is broken.</summary>
    public static IEnumerable<string> Broken(Rendering rendering) => Rules.SelectMany(rule => rule(rendering));

    /// <summary>Pods that no policy keeps traffic from, in or out: for renderings that have policies.</summary>
    public static IEnumerable<string> Open(Rendering rendering) =>
        from pod in PodsOf(rendering)
        from direction in (string[])["Ingress", "Egress"]
        where !rendering.OfKind("NetworkPolicy").Any(policy =>
            policy.At("spec.policyTypes")!.AsArray().Any(type => type!.ToString() == direction)
            && Selects(policy.Strings("spec.podSelector.matchLabels"), pod))
        select $"{pod.Owner.Id()}: no network policy for {direction}";

    /// <summary>The pods that objects of a rendering make.</summary>
    internal static IEnumerable<PodTemplate> PodsOf(Rendering rendering) =>
        from owner in rendering.Objects
        where owner.At("spec.template.spec") is not null
        select new PodTemplate(owner, owner.At("spec.template")!.AsObject());

    private static Func<Rendering, IEnumerable<string>> Pods(Func<PodTemplate, IEnumerable<string>> rule) =>
        rendering => PodsOf(rendering).SelectMany(pod => rule(pod).Select(broken => $"{pod.Owner.Id()}: {broken}"));

    private static IEnumerable<string> HoldsToRestrictedPodSecurity(PodTemplate pod)
    {
        var spec = pod.Spec;
        var user = spec["securityContext"];
        if (user.Text("runAsNonRoot") != "true" || user.Number("runAsUser") is null or 0)
            yield return "may run as root";
        if (spec.Text("securityContext.seccompProfile.type") != "RuntimeDefault")
            yield return "has no seccomp profile";
        foreach (var name in (string[])["hostNetwork", "hostPID", "hostIPC"])
            if (spec.Text(name) == "true")
                yield return $"{name} is on";
        foreach (var volume in spec.Each("volumes"))
            if (volume["hostPath"] is not null)
                yield return $"volume {volume["name"]} is a path of the node";
            else if (volume["emptyDir"] is not null && volume.Text("emptyDir.sizeLimit") is null)
                yield return $"volume {volume["name"]} has no limit";
        foreach (var container in pod.Containers)
        {
            var context = container["securityContext"];
            if (context.Text("privileged") == "true")
                yield return "is privileged";
            if (context.Text("allowPrivilegeEscalation") != "false")
                yield return "may escalate privileges";
            if (context.Text("readOnlyRootFilesystem") != "true")
                yield return "writes to its root file system";
            if (context.Text("capabilities.drop.0") != "ALL" || context.At("capabilities.add") is not null)
                yield return "keeps capabilities";
            if (context.Number("runAsUser") == 0 || context.Text("runAsNonRoot") == "false")
                yield return "may run as root";
        }
    }

    private static IEnumerable<string> HasNoToken(PodTemplate pod) =>
        pod.Spec.Text("automountServiceAccountToken") == "false" ? [] : ["has a token of the API"];

    private static IEnumerable<string> IsLimited(PodTemplate pod) =>
        from container in pod.Containers
        from what in (string[])["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]
        where container.Text($"resources.{what}") is null
        select $"has no {what}";

    private static IEnumerable<string> IsProbed(PodTemplate pod) =>
        from container in pod.Containers
        from probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"]
        where container[probe] is null == pod.Stays
        select pod.Stays ? $"has no {probe}" : $"ends, and has a {probe}";

    private static IEnumerable<string> IsPinned(PodTemplate pod) =>
        from container in pod.Containers
        let image = container.Text("image") ?? ""
        where !Pinned().IsMatch(image) || image.EndsWith(":latest", StringComparison.Ordinal)
        select $"image '{image}' names no version";

    /// <summary>Variables once each, and what one refers to before it: Kubernetes expands nothing else.</summary>
    private static IEnumerable<string> HasSoundEnvironment(PodTemplate pod)
    {
        foreach (var container in pod.Containers)
        {
            var known = new HashSet<string>(StringComparer.Ordinal);
            foreach (var variable in container.Each("env"))
            {
                foreach (Match match in Reference().Matches(variable.Text("value") ?? ""))
                    if (match.Groups[1].Value is var other && !known.Contains(other))
                        yield return $"{variable["name"]} refers to {other}, which is not set before it";
                if (!known.Add(variable.Text("name")!))
                    yield return $"{variable["name"]} is set twice";
            }
        }
    }

    private static IEnumerable<string> LeavesInTime(PodTemplate pod)
    {
        foreach (var container in pod.Containers)
        {
            var settings = container.Each("env").ToLookup(v => v.Text("name"), v => v.Text("value"));
            if (!settings.Contains("Server__DrainSeconds"))
                continue;
            var drain = long.Parse(settings["Server__DrainSeconds"].First()!);
            var shutdown = long.Parse(settings["Server__ShutdownSecondsMax"].First()!);
            // Without a word of ours it is Kubernetes' default.
            if ((pod.Spec.Number("terminationGracePeriodSeconds") ?? 30) <= drain + shutdown)
                yield return "is killed before it has drained";
            if ((container.Number("readinessProbe.periodSeconds") ?? 10) >= drain)
                yield return "drains for less than the period of its readiness probe";
        }
    }

    private static IEnumerable<string> BudgetsLeaveSomebody(Rendering rendering)
    {
        foreach (var budget in rendering.OfKind("PodDisruptionBudget"))
        {
            var selector = budget.Strings("spec.selector.matchLabels");
            var pods = PodsOf(rendering).Where(pod => Selects(selector, pod)).ToList();
            if (pods.Count == 0)
                yield return $"{budget.Id()}: selects no pods";
            foreach (var pod in pods)
                if (ReplicasMin(rendering, pod.Owner) < 2)
                    yield return $"{budget.Id()}: fewer than two replicas, so that nodes could never be emptied";
        }
    }

    private static long ReplicasMin(Rendering rendering, JsonObject owner) => ScalersOf(rendering, owner)
        .Select(scaler => scaler.Number("spec.minReplicas") ?? scaler.Number("spec.minReplicaCount") ?? 0)
        .Append(owner.Number("spec.replicas") ?? long.MaxValue).Min();

    private static IEnumerable<JsonObject> ScalersOf(Rendering rendering, JsonObject owner) =>
        rendering.Objects.Where(o => o.Text("kind") is "HorizontalPodAutoscaler" or "ScaledObject"
            && o.Text("spec.scaleTargetRef.name") == owner.Text("metadata.name"));

    private static IEnumerable<string> ScalersHaveTheirTarget(Rendering rendering)
    {
        bool Has(string kind, string? name) => rendering.OfKind(kind).Any(o => o.Text("metadata.name") == name);
        foreach (var scaler in rendering.Objects.Where(o => o.At("spec.scaleTargetRef") is not null))
            if (!Has("Deployment", scaler.Text("spec.scaleTargetRef.name")))
                yield return $"{scaler.Id()}: scales nothing";
        foreach (var deployment in rendering.OfKind("Deployment"))
        {
            var scalers = ScalersOf(rendering, deployment).Count();
            if (scalers > 1)
                yield return $"{deployment.Id()}: is scaled by two";
            if (scalers > 0 == deployment.At("spec.replicas") is not null)
                yield return $"{deployment.Id()}: a number of replicas, or somebody who chooses it";
        }
        foreach (var trigger in rendering.OfKind("ScaledObject").SelectMany(o => o.Each("spec.triggers")))
            if (!Has("TriggerAuthentication", trigger.Text("authenticationRef.name")))
                yield return $"ScaledObject: {trigger.Text("authenticationRef.name")} is not there";
    }

    /// <summary>No secret, and nothing that looks like one, but by reference.</summary>
    private static IEnumerable<string> NothingSecret(Rendering rendering)
    {
        foreach (var secret in rendering.OfKind("Secret"))
            yield return $"{secret.Id()}: secrets are made by whoever installs";
        foreach (var pod in PodsOf(rendering))
            foreach (var variable in pod.Containers.SelectMany(container => container.Each("env")))
                if (variable.Text("value") is { } value && (PasswordInText().IsMatch(value)
                    || SecretName().IsMatch(variable.Text("name")!) && !value.Contains("$(", StringComparison.Ordinal)))
                    yield return $"{pod.Owner.Id()}: {variable["name"]} holds a secret in plain text";
    }

    private static IEnumerable<string> AccountsHaveNoToken(Rendering rendering) =>
        from account in rendering.OfKind("ServiceAccount")
        where account.Text("automountServiceAccountToken") != "false"
        select $"{account.Id()}: has a token of the API";

    private static IEnumerable<string> SelectorsMeetPods(Rendering rendering)
    {
        foreach (var pod in PodsOf(rendering))
            if (pod.Owner.At("spec.selector") is { } selector && !Selects(selector.Strings("matchLabels"), pod))
                yield return $"{pod.Owner.Id()}: does not select its own pods";
        foreach (var service in rendering.OfKind("Service"))
        {
            var pods = PodsOf(rendering).Where(pod => Selects(service.Strings("spec.selector"), pod)).ToList();
            if (pods.Count != 1)
                yield return $"{service.Id()}: selects the pods of {pods.Count} workloads";
            var ports = pods.SelectMany(pod => pod.Containers).SelectMany(c => c.Each("ports")).ToList();
            foreach (var port in service.Each("spec.ports"))
                if (!ports.Exists(p => p.Text("name") == port.Text("targetPort")))
                    yield return $"{service.Id()}: no container has the port {port["targetPort"]}";
        }
    }

    private static IEnumerable<string> RoutesMeetServices(Rendering rendering)
    {
        var targets =
            from route in rendering.Objects
            from rule in route.Each("spec.rules")
            from target in rule.Each("backendRefs").Select(b => (Name: b.Text("name"), Port: b.Text("port")))
                .Concat(rule.Each("http.paths").Select(p => p.At("backend.service"))
                    .Select(b => (Name: b.Text("name"), Port: b.Text("port.name"))))
            select (route, target);
        foreach (var (route, (name, port)) in targets)
            if (!rendering.OfKind("Service").Any(s => s.Text("metadata.name") == name
                && s.Each("spec.ports").Any(p => p.Text("port") == port || p.Text("name") == port)))
                yield return $"{route.Id()}: there is no service {name} with port {port}";
    }

    private static bool Selects(IReadOnlyDictionary<string, string> selector, PodTemplate pod) =>
        selector.All(label => pod.Labels.GetValueOrDefault(label.Key) == label.Value);

    [GeneratedRegex(@"^[^\s@]+:[A-Za-z0-9][A-Za-z0-9._-]*$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"\$\((\w+)\)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"(password|pwd)\s*=\s*'?(?!\$\()[^';\s]|://[^/\s:]+:[^/\s@]+@", RegexOptions.IgnoreCase)]
    private static partial Regex PasswordInText();

    [GeneratedRegex("password|secret|token|apikey|connectionstring|_headers$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}

/// <summary>The pods that an object makes.</summary>
internal sealed record PodTemplate(JsonObject Owner, JsonObject Template)
{
    public JsonObject Spec => Template["spec"]!.AsObject();

    public IReadOnlyDictionary<string, string> Labels => Template.Strings("metadata.labels");

    public IEnumerable<JsonObject> Containers => Spec.Each("containers").Concat(Spec.Each("initContainers"));

    /// <summary>Whether they run until they are stopped.</summary>
    public bool Stays => Owner.Text("kind") != "Job";
}
