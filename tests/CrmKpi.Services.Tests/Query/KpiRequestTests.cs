using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;

namespace CrmKpi.Services.Tests.Query;

public sealed class KpiRequestTests
{
    private static readonly CubeSnapshot Cube = CubeSnapshot.From("t", new(), Enumerable.Range(0, 6).Select(i => new Contribution(
        Measures.LeadsCreated, new DateOnly(2025, 3, 3).DayNumber + i,
        DimensionSet.Of((Dimensions.Source, i % 2 == 0 ? "a,b" : @"c;d\e"), (Dimensions.Manager, i < 3 ? null : "ann")), 0, 1, 0)));

    [Theory]
    [InlineData("?kpi=win_rate,revenue&from=2025-01-01&to=2025-02-01", "?to=2025-02-01&from=2025-01-01&kpi=win_rate&kpi=revenue", true)]
    [InlineData("?kpi=revenue&filter=manager:b,a;source:x", "?kpi=revenue&filter=source:x&filter=manager:a&filter=manager:b", true)]
    [InlineData("?kpi=revenue", "?kpi=revenue&grain=none&compare=none&limit=100", true)]
    [InlineData("?kpi=revenue&compare=year&match=date", "?kpi=revenue&compare=year", true)]
    [InlineData("?kpi=revenue&compare=year&match=weekday", "?kpi=revenue&compare=year", false)]
    [InlineData("?kpi=revenue&compare=target", "?kpi=revenue&compare=baseline", false)]
    [InlineData("?kpi=revenue&compare=custom&compareFrom=2025-01-01&compareTo=2025-02-01",
        "?kpi=revenue&compareTo=2025-02-01&compareFrom=2025-01-01&compare=custom", true)]
    [InlineData("?kpi=revenue&compare=custom&compareFrom=2025-01-01&compareTo=2025-02-01",
        "?kpi=revenue&compare=custom&compareFrom=2025-01-01&compareTo=2025-02-02", false)]
    [InlineData("?kpi=revenue,win_rate", "?kpi=win_rate,revenue", false)]
    [InlineData("?kpi=revenue&filter=manager:(blank)", "?kpi=revenue&filter=manager:blank", false)]
    [InlineData("?kpi=revenue&lang=ru", "?kpi=revenue", false)]
    [InlineData("?kpi=stage_time", "?kpi=stage_time&groupBy=none", false)]
    [InlineData("?kpi=revenue&format=csv", "?kpi=revenue&format=csv&delimiter=%3B", false)]
    public void Equal_questions_share_an_answer_and_others_do_not(string a, string b, bool equal) =>
        Assert.Equal(equal, Parse(a).Canonical == Parse(b).Canonical);

    [Theory]
    [InlineData(@"source:a\,b", 3)]
    [InlineData(@"source:c\;d\\e", 3)]
    [InlineData("manager:(blank)", 3)]
    [InlineData(@"manager:(blank),ann;source:a\,b", 3)]
    [InlineData("source:a,b", 0)]
    public void A_filter_takes_any_value_with_a_backslash(string filter, int leads)
    {
        var request = Parse($"?kpi=leads_created&from=2025-03-01&to=2025-04-01&filter={Uri.EscapeDataString(filter)}");
        Assert.Contains($"\"value\":{leads},", Encoding.UTF8.GetString(Render(request).Body));
    }

    [Fact]
    public void Without_a_period_the_last_thirty_full_days_are_answered()
    {
        var body = Encoding.UTF8.GetString(Render(Parse("?kpi=leads_created")).Body);
        Assert.Contains("\"from\":\"2025-03-06\",\"to\":\"2025-04-05\"", body);
        Assert.Contains("\"value\":3,", body);
    }

    private static KpiRequest Parse(string queryString) => KpiRequest.Parse(new QueryStringRequest(queryString, AcceptsCsv: false));

    private static CachedAnswer Render(AnswerRequest request) => request.Render(Cube, new DateOnly(2025, 4, 5), default);
}
