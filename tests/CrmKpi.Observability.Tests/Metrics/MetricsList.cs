namespace CrmKpi.Observability.Tests.Metrics;

/// <summary><c>charts/crm-kpi/metrics.txt</c>: a line has the base name of a metric and where it comes from.</summary>
internal sealed class MetricsList
{
    private static readonly HashSet<string> Origins = ["crmkpi", "dotnet", "external"];

    private MetricsList(HashSet<string> names) => Names = names;

    public IReadOnlySet<string> Names { get; }

    public static MetricsList Read() => Parse(File.ReadAllLines(Repository.MetricsList));

    /// <exception cref="FormatException">A line is wrong, double, or out of order.</exception>
    public static MetricsList Parse(IReadOnlyList<string> lines)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var last = "";
        foreach (var line in lines)
        {
            if (line.Split(' ') is not [var name, var origin] || name.Length == 0 || !Origins.Contains(origin))
                throw new FormatException($"\"{line}\" is no metric with one of {string.Join(", ", Origins)}");
            if (origin == "crmkpi" != name.StartsWith("crmkpi_", StringComparison.Ordinal))
                throw new FormatException($"{name} does not come from {origin}");
            if (string.CompareOrdinal(last, name) >= 0)
                throw new FormatException($"{name} stands after {last}");
            names.Add(last = name);
        }
        return new MetricsList(names);
    }

    /// <summary>What is used and not listed, and what is listed and not used.</summary>
    /// <param name="used">Names as they stand in expressions.</param>
    /// <param name="recorded">Names that rules make.</param>
    public IEnumerable<string> Differences(IEnumerable<string> used, IReadOnlySet<string> recorded)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in used.Where(n => !recorded.Contains(n)).Distinct())
            if (PromMetrics.ListedAs(name, Names) is { } listed)
                found.Add(listed);
            else
                yield return $"{name} is used and not listed";
        foreach (var name in Names.Except(found).Order(StringComparer.Ordinal))
            yield return $"{name} is listed and not used";
    }
}
