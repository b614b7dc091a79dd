namespace CrmKpi.Observability.Tests.Metrics;

public sealed class PromMetricsTests
{
    [Theory]
    [InlineData("up", "up")]
    [InlineData("sum(rate(a_total[5m]))", "a_total")]
    [InlineData("sum by (job, instance) (a) / on (job) group_left (b) max without (c) (d)", "a d")]
    [InlineData("sum(a) by (job)", "a")]
    [InlineData("histogram_quantile(0.99, sum by (le) (rate(a_bucket{x=\"y\"}[$__rate_interval])))", "a_bucket")]
    [InlineData("a{job=\"b\", c=~\"d|e{2}\"} offset 5m", "a")]
    [InlineData("a{x=\"}\\\" b\"} > bool 1e-3", "a")]
    [InlineData("a{x='}', y=`\\`}", "a")]
    [InlineData("{__name__=\"a\", job=\"b\"}", "a")]
    [InlineData("{\"a\", job=\"b\"}", "a")]
    [InlineData("a and b or c unless d", "a b c d")]
    [InlineData("crmkpi:errors:ratio_rate1h > 14.4 * 0.001", "crmkpi:errors:ratio_rate1h")]
    [InlineData("label_replace(a, \"b\", \"$1\", \"c\", \"(d)\")", "a")]
    [InlineData("max_over_time(rate(a[5m:1m])[1h:]) @ end()", "a")]
    [InlineData("a # b\n+ c", "a c")]
    [InlineData("count_values(\"x\", a) + scalar(b) - Inf + NaN", "a b")]
    [InlineData("topk(3, a) > 0x1F + 1h", "a")]
    [InlineData("a{x=\"$service\"} > $limit", "a")]
    [InlineData("absent(a{job=\"x\"}) or absent(a{job=\"y\"})", "a")]
    [InlineData("vector(1)", "")]
    public void Finds_the_names_of_an_expression(string expression, string names) =>
        Assert.Equal(names, string.Join(' ', PromMetrics.UsedIn(expression)));

    [Theory]
    [InlineData("a{x=\"b}")]
    [InlineData("a{x=\"b\"")]
    [InlineData("a{x}")]
    [InlineData("rate(a[5m)")]
    [InlineData("sum by (job a")]
    [InlineData("{__name__=~\"a.*\"}")]
    [InlineData("{__name__!=\"a\"}")]
    public void Refuses_what_it_cannot_read(string expression) =>
        Assert.Throws<FormatException>(() => PromMetrics.UsedIn(expression));

    [Theory]
    [InlineData("a_seconds_bucket", "a_seconds")]
    [InlineData("a_seconds_count", "a_seconds")]
    [InlineData("connection_count", "connection_count")]
    [InlineData("connection_sum", null)]
    [InlineData("a_seconds_total", null)]
    public void A_histogram_is_listed_by_its_base_name(string name, string? listed) =>
        Assert.Equal(listed, PromMetrics.ListedAs(name, new HashSet<string> { "a_seconds", "connection_count" }));
}
