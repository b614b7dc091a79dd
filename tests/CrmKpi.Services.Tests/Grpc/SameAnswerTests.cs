using CrmKpi.Domain.Kpis;
using CrmKpi.V1;
using Google.Protobuf.WellKnownTypes;
using Language = CrmKpi.V1.Language;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>The same question gets the same numbers over gRPC as over REST, member by member.</summary>
public sealed class SameAnswerTests(GeneratedService generated) : IClassFixture<GeneratedService>
{
    private const string From = "2023-03-10", To = "2024-12-10";

    /// <summary>A question in both forms.</summary>
    public static TheoryData<string, string> Questions => new()
    {
        { "", "{}" },
        { "&grain=month", """{"grain":"GRAIN_MONTH"}""" },
        { "&grain=week&groupBy=none&lang=ru", """{"grain":"GRAIN_WEEK","groupBy":["none"],"language":"LANGUAGE_RU"}""" },
        { "&grain=fiscal_quarter&lang=en", """{"grain":"GRAIN_FISCAL_QUARTER","language":"LANGUAGE_EN"}""" },
        { "&compare=previous", """{"compare":{"kind":"KIND_PREVIOUS"}}""" },
        { "&compare=year&match=weekday&grain=quarter", """{"compare":{"kind":"KIND_YEAR","match":"MATCH_WEEKDAY"},"grain":"GRAIN_QUARTER"}""" },
        { "&compare=year&match=date", """{"compare":{"kind":"KIND_YEAR","match":"MATCH_DATE"}}""" },
        { "&compare=target", """{"compare":{"kind":"KIND_TARGET"}}""" },
        {
            "&compare=custom&compareFrom=2023-01-01&compareTo=2023-06-01",
            """{"compare":{"kind":"KIND_CUSTOM","from":"2023-01-01","to":"2023-06-01"}}"""
        },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task Every_kpi_of_the_catalogue_is_answered_alike(string query, string question)
    {
        var ids = Catalogue.All.SelectMany(Catalogue.IdsOf).Select(i => i.Replace("{n}", "30", StringComparison.Ordinal));
        foreach (var some in ids.Chunk(50))
        {
            var rest = await generated.Rest($"kpis?kpi={string.Join(',', some)}&from={From}&to={To}{query}");
            var asked = KpiQuestion.Parser.ParseJson(question);
            (asked.From, asked.To) = (From, To);
            asked.Kpis.Add(some);
            var grpc = (await generated.Grpc.GetKpis(GeneratedService.Tenant, asked)).Ok;
            SameAnswer.Kpis(rest, grpc.Lag, grpc.Answer);
        }
    }

    [Theory]
    [InlineData("kpi=leads_created&from=2023-03-10&to=2024-12-10&groupBy=source,manager&grain=quarter&limit=3",
        """{"kpis":["leads_created"],"from":"2023-03-10","to":"2024-12-10","groupBy":["source","manager"],"grain":"GRAIN_QUARTER","pageSize":3}""")]
    [InlineData("kpi=deals_won,revenue&from=2023-03-10&to=2024-12-10&groupBy=pipeline&filter=pipeline:main,(blank)&filter=manager:ann",
        """{"kpis":["deals_won","revenue"],"from":"2023-03-10","to":"2024-12-10","groupBy":["pipeline"],"filters":[{"dimension":"pipeline","values":["main","(blank)"]},{"dimension":"manager","values":["ann"]}]}""")]
    [InlineData("kpi=stage_conversion&from=2024-03-10&to=2024-12-10",
        """{"kpis":["stage_conversion"],"from":"2024-03-10","to":"2024-12-10"}""")]
    [InlineData("kpi=lost_sales_cost&from=2023-03-10&to=2024-12-10&grain=quarter&input=lost_sales_cost.price:1200.50&compare=previous",
        """{"kpis":["lost_sales_cost"],"from":"2023-03-10","to":"2024-12-10","grain":"GRAIN_QUARTER","inputs":[{"input":"lost_sales_cost.price","value":"1200.5"}],"compare":{"kind":"KIND_PREVIOUS"}}""")]
    [InlineData("kpi=revenue&from=2024-01-01", """{"kpis":["revenue"],"from":"2024-01-01"}""")]
    [InlineData("kpi=revenue,win_rate&to=2024-01-01&asOf=3000", """{"kpis":["revenue","win_rate"],"to":"2024-01-01","asOf":{"sequence":"3000"}}""")]
    [InlineData("kpi=revenue&asOf=1999-01-01T00:00:00Z", """{"kpis":["revenue"],"asOf":{"time":"1999-01-01T00:00:00Z"}}""")]
    public async Task Groups_filters_pages_and_the_past_are_answered_alike(string query, string question)
    {
        var asked = KpiQuestion.Parser.ParseJson(question);
        for (var page = ""; ;)
        {
            var rest = await generated.Rest($"kpis?{query}{(page.Length == 0 ? "" : $"&page={page}")}");
            asked.PageToken = page;
            var grpc = (await generated.Grpc.GetKpis(GeneratedService.Tenant, asked)).Ok;
            SameAnswer.Kpis(rest, grpc.Lag, grpc.Answer);
            if (grpc.Answer.NextPageToken.Length == 0)
                break;
            page = grpc.Answer.NextPageToken;
        }
        if (query.Contains("limit", StringComparison.Ordinal))
            Assert.NotEmpty(asked.PageToken);
    }

    [Fact]
    public async Task A_point_in_time_is_the_same_in_both()
    {
        var recorded = (await generated.Grpc.GetKpis(
            GeneratedService.Tenant, new KpiQuestion { Kpis = { "revenue" }, AsOf = new PointInTime { Sequence = 2_000 } }))
            .Ok.Answer.Basis.AsOf.RecordedAt;
        var asked = new KpiQuestion { Kpis = { "revenue" }, AsOf = new PointInTime { Time = recorded } };
        var grpc = (await generated.Grpc.GetKpis(GeneratedService.Tenant, asked)).Ok;
        var rest = await generated.Rest($"kpis?kpi=revenue&asOf={recorded.ToString().Trim('"')}");
        SameAnswer.Kpis(rest, grpc.Lag, grpc.Answer);
        Assert.Equal(recorded, grpc.Answer.Basis.AsOf.RecordedAt);
    }

    [Theory]
    [InlineData("pipeline=main", """{"pipeline":"main"}""")]
    [InlineData("pipeline=*&from=2024-01-01&to=2024-07-01&lang=ru",
        """{"pipeline":"*","from":"2024-01-01","to":"2024-07-01","language":"LANGUAGE_RU"}""")]
    [InlineData("pipeline=main&from=2023-01-01&to=2024-07-01&filter=manager:ann,bob",
        """{"pipeline":"main","from":"2023-01-01","to":"2024-07-01","filters":[{"dimension":"manager","values":["ann","bob"]}]}""")]
    [InlineData("pipeline=main&to=2024-01-01&asOf=4000", """{"pipeline":"main","to":"2024-01-01","asOf":{"sequence":4000}}""")]
    public async Task A_funnel_is_answered_alike(string query, string question)
    {
        var asked = GetFunnelRequest.Parser.ParseJson(question);
        asked.Tenant = GeneratedService.Tenant;
        var grpc = (await generated.Grpc.GetFunnel(asked)).Ok;
        SameAnswer.Funnel(await generated.Rest($"funnel?{query}"), grpc.Lag, grpc.Funnel);
    }

    [Theory]
    [InlineData("kpi=lead_conversion", """{"kpi":"lead_conversion"}""")]
    [InlineData("kpi=lead_conversion&part=denominator&limit=7", """{"kpi":"lead_conversion","part":"EXPLAINED_PART_DENOMINATOR","pageSize":7}""")]
    [InlineData("kpi=revenue&limit=50&lang=ru", """{"kpi":"revenue","pageSize":50,"language":"LANGUAGE_RU"}""")]
    [InlineData("kpi=sales_cycle.p90&filter=manager:ann", """{"kpi":"sales_cycle.p90","filters":[{"dimension":"manager","values":["ann"]}]}""")]
    [InlineData("kpi=retention_rate&reading=0", """{"kpi":"retention_rate","reading":0}""")]
    [InlineData("kpi=cac", """{"kpi":"cac"}""")]
    [InlineData("kpi=lost_sales_cost&input=lost_sales_cost.price:10&asOf=5000",
        """{"kpi":"lost_sales_cost","inputs":[{"input":"lost_sales_cost.price","value":"10"}],"asOf":{"sequence":5000}}""")]
    [InlineData("kpi=card_completeness", """{"kpi":"card_completeness"}""")]
    public async Task An_explanation_is_answered_alike(string query, string question)
    {
        const int PagesMax = 3;
        var asked = ExplainRequest.Parser.ParseJson(question);
        (asked.Tenant, asked.From, asked.To) = (GeneratedService.Tenant, "2024-01-01", "2024-07-01");
        for (var (i, page) = (0, ""); i < PagesMax; i++)
        {
            var rest = await generated.Rest($"explain?{query}&from=2024-01-01&to=2024-07-01{(page.Length == 0 ? "" : $"&page={page}")}");
            asked.PageToken = page;
            var grpc = (await generated.Grpc.Explain(asked)).Ok;
            SameAnswer.Explanation(rest, grpc.Lag, grpc.Explanation);
            page = grpc.Explanation.NextPageToken;
            if (page.Length == 0)
                break;
        }
    }

    [Theory]
    [InlineData("?lang=en", "", Language.Unspecified)]
    [InlineData("?lang=ru", "", Language.Ru)]
    [InlineData("?lang=en&tenant=generated", "generated", Language.En)]
    public async Task The_catalogue_is_the_same(string query, string tenant, Language language)
    {
        var grpc = (await generated.Grpc.ListCatalogue(tenant, language)).Ok;
        SameAnswer.Catalogue(await generated.Service.Json($"/v1/kpis{query}", generated.Key), grpc);
        Assert.NotEmpty(grpc.Kpis);
    }

    [Fact]
    public async Task What_is_not_projected_yet_is_the_lag_in_both_and_can_be_waited_for()
    {
        await generated.Service.Register("behind");
        var key = await generated.Service.Key(Postgres.Control.Scopes.Query, "behind");
        using var grpc = generated.Service.Grpc(key);
        await generated.Service.Given("behind", ("lead.created", "lead/1", "2025-03-03T10:00:00", "{}"));
        var sequence = await generated.Service.Append("behind", ("lead.created", "lead/2", "2025-03-03T11:00:00", "{}"));
        var asked = new KpiQuestion { Kpis = { "leads_created" }, From = "2025-03-01", To = "2025-04-01" };
        var before = (await grpc.GetKpis("behind", asked)).Ok;
        Assert.Equal((1, "1"), (before.Lag, before.Answer.Kpis[0].Series[0].Points[0].Value.Value));

        asked.MinSequence = sequence;
        var late = (await grpc.GetKpis("behind", asked)).Status;
        Assert.Equal((14, "sequence_not_reached"), (late.Code, late.Detail<Google.Rpc.ErrorInfo>()!.Reason));
        Assert.Equal("question.min_sequence", late.Detail<Google.Rpc.BadRequest>()!.FieldViolations.Single().Field);
        Assert.Equal(Duration.FromTimeSpan(TimeSpan.FromSeconds(1)), late.Detail<Google.Rpc.RetryInfo>()!.RetryDelay);

        await generated.Service.Project("behind");
        var after = (await grpc.GetKpis("behind", asked)).Ok;
        Assert.Equal((0, "2"), (after.Lag, after.Answer.Kpis[0].Series[0].Points[0].Value.Value));
    }

    [Fact]
    public async Task A_tenant_without_a_read_model_has_an_answer_without_values()
    {
        await generated.Service.Register("empty");
        var key = await generated.Service.Key(Postgres.Control.Scopes.Query, "empty");
        using var grpc = generated.Service.Grpc(key);
        var answer = (await grpc.GetKpis("empty", new KpiQuestion { Kpis = { "win_rate", "leads_created" } })).Ok;
        SameAnswer.Kpis(
            await generated.Service.Json("/v1/tenants/empty/kpis?kpi=win_rate,leads_created", key), answer.Lag, answer.Answer);
        Assert.False(answer.Answer.Kpis[0].Series[0].Points[0].Value.HasValue);
    }
}
