using System.Text.RegularExpressions;

namespace CrmKpi.Observability.Tests.Dashboards;

/// <summary>Variables of Grafana in a text: <c>$name</c>, <c>${name}</c>, <c>${name:format}</c>.</summary>
internal static partial class Variables
{
    private static readonly Dictionary<string, string> Durations = new()
    {
        ["__rate_interval"] = "5m",
        ["__interval"] = "1m",
        ["__range"] = "1h",
        ["__auto"] = "1m",
    };

    /// <summary>The names, without those that Grafana has itself.</summary>
    public static IEnumerable<string> UsedIn(string text) =>
        Reference().Matches(text).Select(Name).Where(n => !n.StartsWith("__", StringComparison.Ordinal));

    /// <summary>The text with a value for each, as Prometheus would see it.</summary>
    public static string Fill(string expression) =>
        Reference().Replace(expression, m => Durations.GetValueOrDefault(Name(m), "value"));

    private static string Name(Match reference) => reference.Groups[1].Value + reference.Groups[2].Value;

    [GeneratedRegex(@"\$(?:\{(\w+)(?::\w+)?\}|([A-Za-z_]\w*))", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
