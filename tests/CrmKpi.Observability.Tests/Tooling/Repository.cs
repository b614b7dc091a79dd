using System.Runtime.CompilerServices;

namespace CrmKpi.Observability.Tests;

/// <summary>Where things are in the repository.</summary>
internal static class Repository
{
    public static IReadOnlyList<string> Alerts => Files("*.yaml", "charts", "crm-kpi", "alerts");

    public static IReadOnlyList<string> Dashboards => Files("*.json", "charts", "crm-kpi", "dashboards");

    public static IReadOnlyList<string> RuleTests => Files("*.yaml", "tests", "CrmKpi.Observability.Tests", "Rules");

    public static IReadOnlyList<string> Runbooks => Files("*.md", "docs", "runbooks");

    /// <summary>The metrics that dashboards and alerts may use.</summary>
    public static string MetricsList => PathOf("charts", "crm-kpi", "metrics.txt");

    /// <summary>A path from the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root(), .. parts]);

    private static IReadOnlyList<string> Files(string pattern, params string[] folder) =>
        [.. Directory.EnumerateFiles(PathOf(folder), pattern).Order(StringComparer.Ordinal)];

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
