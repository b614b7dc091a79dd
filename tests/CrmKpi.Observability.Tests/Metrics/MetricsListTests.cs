using CrmKpi.Observability.Tests.Alerts;
using CrmKpi.Observability.Tests.Dashboards;

namespace CrmKpi.Observability.Tests.Metrics;

public sealed class MetricsListTests
{
    [Fact]
    public void Dashboards_and_alerts_use_what_is_listed_and_nothing_else()
    {
        var rules = RuleFile.All;
        var used = Dashboard.All.SelectMany(d => d.Expressions).Concat(rules.SelectMany(f => f.Expressions))
            .SelectMany(PromMetrics.UsedIn);

        Assert.Empty(MetricsList.Read().Differences(used, rules.SelectMany(f => f.Recorded).ToHashSet()));
    }

    [Fact]
    public void A_metric_that_only_one_side_knows_is_found()
    {
        var list = MetricsList.Parse(["a_seconds external", "b_total external"]);

        Assert.Equal(
            ["c is used and not listed", "b_total is listed and not used"],
            list.Differences(["a_seconds_bucket", "c", "d:rate5m"], new HashSet<string> { "d:rate5m" }));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a somewhere")]
    [InlineData("a external more")]
    [InlineData("crmkpi_a dotnet")]
    [InlineData("a crmkpi")]
    [InlineData("b external", "a external")]
    [InlineData("a external", "a external")]
    public void A_wrong_line_is_refused(params string[] lines) =>
        Assert.Throws<FormatException>(() => MetricsList.Parse(lines));
}
