using System.Globalization;
using System.Text.RegularExpressions;

namespace CrmKpi.Observability.Tests.Alerts;

/// <summary>An alert that is wrong in one way.</summary>
/// <param name="Name">Its own name, by which promtool tells of it.</param>
internal sealed partial record Mutant(string Name, string Change, AlertRule Alert)
{
    private const double Factor = 1.5;

    /// <summary>
    /// Ways in which an alert may be wrong: it never or always fires, a threshold is half as much again or that much
    /// too low, a condition is missing, it fires at once, or much too late.
    /// </summary>
    public static IEnumerable<Mutant> Of(AlertRule alert) =>
        Expressions(alert.Expression).Select(e => (e.Change, alert with { Expression = e.Expression }))
            .Append(("fires at once", alert with { For = "0s" }))
            .Append(("fires three hours later", alert with { For = "3h" }))
            .Select((m, i) => new Mutant($"Mutant{i}Of{alert.Name}{alert.Severity}", m.Item1, m.Item2));

    internal static IEnumerable<(string Change, string Expression)> Expressions(string expression)
    {
        yield return ("never", "vector(1) > 2");
        yield return ("always", "vector(1)");
        foreach (var threshold in Thresholds().Matches(expression).Select(m => m.Groups[1].Value).Distinct())
            foreach (var other in Near(double.Parse(threshold, CultureInfo.InvariantCulture)))
                yield return (
                    $"{threshold} → {other}",
                    Thresholds().Replace(
                        expression, m => m.Groups[1].Value == threshold ? m.Value.Replace(threshold, other) : m.Value));
        var conditions = Operators().Split(expression);
        for (var i = 0; conditions.Length > 1 && i < conditions.Length; i++)
            yield return (
                $"without {conditions[i].Trim()}",
                FirstOperator().Replace(string.Concat(conditions.Where((_, at) => at != i)), ""));
    }

    private static IEnumerable<string> Near(double threshold) =>
        ((double[])(threshold == 0 ? [-1, 1] : [threshold / Factor, threshold * Factor]))
            .Select(t => t.ToString("0.######", CultureInfo.InvariantCulture));

    // Zero below which something is predicted to fall has no neighbours that mean anything.
    [GeneratedRegex(@"(?:>|<(?!\s*0$))\s*(\d+(?:\.\d+)?)\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Thresholds();

    [GeneratedRegex(@"^(?=\s*(?:and|or)\s)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Operators();

    [GeneratedRegex(@"\A\s*(?:and|or)\s", RegexOptions.CultureInvariant)]
    private static partial Regex FirstOperator();
}
