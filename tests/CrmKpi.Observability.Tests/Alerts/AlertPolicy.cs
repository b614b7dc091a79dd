namespace CrmKpi.Observability.Tests.Alerts;

/// <summary>What every alert has beside its expression.</summary>
internal static class AlertPolicy
{
    private const string RunbookBase = "{{ $externalLabels.runbook_base }}docs/runbooks/";
    private const int SummaryLengthMax = 110;

    /// <summary>What is wrong.</summary>
    /// <param name="runbooks">Names of the runbooks, without extension.</param>
    public static IEnumerable<string> Broken(IReadOnlyList<AlertRule> alerts, IReadOnlyCollection<string> runbooks)
    {
        foreach (var alert in alerts)
        {
            if (alert.Severity is not ("critical" or "warning"))
                yield return $"{alert.Id}: severity is critical or warning";
            if (alert.For is null)
                yield return $"{alert.Id}: has no time that it must last";
            if (alert.Annotations.GetValueOrDefault("summary", "").Length is 0 or > SummaryLengthMax)
                yield return $"{alert.Id}: has no summary of a line";
            if (alert.Annotations.GetValueOrDefault("description", "").Length == 0)
                yield return $"{alert.Id}: has no description";
            if (alert.Annotations.GetValueOrDefault("runbook_url") != $"{RunbookBase}{alert.Name}.md")
                yield return $"{alert.Id}: runbook_url is not its runbook";
            if (!runbooks.Contains(alert.Name))
                yield return $"{alert.Id}: there is no runbook {alert.Name}.md";
            if (alert.Labels.ContainsKey("tenant") || alert.Expression.Contains("tenant=", StringComparison.Ordinal))
                yield return $"{alert.Id}: metrics know no tenants";
        }
        foreach (var twice in alerts.GroupBy(a => a.Id).Where(g => g.Count() > 1))
            yield return $"{twice.Key}: is there {twice.Count()} times";
        foreach (var runbook in runbooks.Except(alerts.Select(a => a.Name)))
            yield return $"{runbook}.md: there is no such alert";
    }
}
