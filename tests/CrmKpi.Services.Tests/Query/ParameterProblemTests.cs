using System.Net;
using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.Query;

public sealed class ParameterProblemTests(QueryService service) : IClassFixture<QueryService>
{
    private const string Kpi = "kpi=leads_created";

    [Theory]
    [InlineData("kpis", "", "kpi", "required", "lead_conversion")]
    [InlineData("kpis", "kpi=lead_conversoin", "kpi", "Did you mean 'lead_conversion'?", "lead_conversion.within{n}")]
    [InlineData("kpis", "kpi=sales_cycle.mode", "kpi", "no KPI 'sales_cycle.mode'", "sales_cycle.median")]
    [InlineData("kpis", "kpi=leads_created,", "kpi", "no KPI ''", "win_rate")]
    [InlineData("kpis", Kpi + "&form=2025-01-01", "form", "Did you mean 'from'?", "from")]
    [InlineData("kpis", Kpi + "&from=2025-02-30", "from", "2025-02-30", "yyyy-MM-dd")]
    [InlineData("kpis", Kpi + "&from=01.02.2025", "from", "01.02.2025", null)]
    [InlineData("kpis", Kpi + "&to=0001-01-01", "to", "1970", null)]
    [InlineData("kpis", Kpi + "&from=2025-02-01&to=2025-02-01", "from", "empty", null)]
    [InlineData("kpis", Kpi + "&from=2025-06-01", "from", "empty", null)] // after today
    [InlineData("kpis", Kpi + "&from=2000-01-01&to=2025-01-01", "from", "3660", null)]
    [InlineData("kpis", Kpi + "&from=2025-01-01&from=2025-01-02", "from", "2 times", null)]
    [InlineData("kpis", Kpi + "&grain=hour", "grain", "hour", "fiscal_quarter")]
    [InlineData("kpis", Kpi + "&grain=day&from=2016-01-01&to=2025-01-01", "grain", "coarser", null)]
    [InlineData("kpis", Kpi + "&compare=goal", "compare", "goal", "previous")]
    [InlineData("kpis", Kpi + "&compare=baseline", "compare", "no baseline", null)]
    [InlineData("kpis", Kpi + "&match=weekday", "match", "compare=year", null)]
    [InlineData("kpis", Kpi + "&compare=previous&match=date", "match", "compare=year", null)]
    [InlineData("kpis", Kpi + "&compare=year&match=week", "match", "week", "weekday")]
    [InlineData("kpis", Kpi + "&compare=custom", "compareFrom", "needs", null)]
    [InlineData("kpis", Kpi + "&compare=custom&compareFrom=2025-01-01", "compareTo", "needs", null)]
    [InlineData("kpis", Kpi + "&compare=custom&compareFrom=2025-01-01&compareTo=2025-01-01", "compareFrom", "1 to 3660", null)]
    [InlineData("kpis", Kpi + "&compare=custom&compareFrom=2000-01-01&compareTo=2025-01-01", "compareFrom", "1 to 3660", null)]
    [InlineData("kpis", Kpi + "&compare=custom&compareFrom=1.1.2025&compareTo=2025-01-01", "compareFrom", "1.1.2025", "yyyy-MM-dd")]
    [InlineData("kpis", Kpi + "&compareFrom=2025-01-01&compareTo=2025-02-01", "compareFrom", "compare=custom", null)]
    [InlineData("kpis", Kpi + "&compare=year&compareTo=2025-02-01", "compareTo", "compare=custom", null)]
    [InlineData("kpis", Kpi + "&groupBy=colour", "groupBy", "colour", "manager")]
    [InlineData("kpis", "kpi=win_rate,leads_created&groupBy=pipeline", "groupBy", "'leads_created' has no dimension 'pipeline'", "source")]
    [InlineData("kpis", Kpi + "&filter=pipeline:main", "filter", "has no dimension 'pipeline'", "region")]
    [InlineData("kpis", Kpi + "&filter=manger:ann", "filter", "Did you mean 'manager'?", "manager")]
    [InlineData("kpis", Kpi + "&filter=manager", "filter", "manager:(blank)", null)]
    [InlineData("kpis", Kpi + "&minSequence=-1", "minSequence", "whole number", null)]
    [InlineData("kpis", Kpi + "&limit=0", "limit", "1 to 1000", null)]
    [InlineData("kpis", Kpi + "&page=xyz!", "page", "nextPage", null)]
    [InlineData("kpis", Kpi + "&page=Z2", "page", "nextPage", null)]
    [InlineData("kpis", Kpi + "&format=xml", "format", "xml", "csv")]
    [InlineData("kpis", Kpi + "&bom=true", "bom", "format=csv", null)]
    [InlineData("kpis", Kpi + "&format=csv&delimiter=|", "delimiter", "|", ";")]
    [InlineData("kpis", Kpi + "&lang=de", "lang", "de", "ru")]
    [InlineData("funnel", "stage=new", "stage", "no query parameter", "pipeline")]
    [InlineData("funnel", "pipeline=nothing", "pipeline", "nothing", "*")]
    [InlineData("funnel", "filter=pipeline:main", "filter", "leads", "source")]
    [InlineData("cohorts", "months=121", "months", "0 to 120", null)]
    [InlineData("cohorts", "filter=stage:new", "filter", "stage", "manager")]
    public async Task A_wrong_parameter_is_named_with_what_would_be_right(
        string endpoint, string query, string parameter, string detail, string? allowed)
    {
        await service.Register("checked");
        var key = await service.Key(Scopes.Query, "checked");
        using var response = await service.Get($"/v1/tenants/checked/{endpoint}?{query}", key);
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(parameter, problem.GetProperty("parameter").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString());
        if (allowed is not null)
            Assert.Contains(allowed, problem.GetProperty("allowed").EnumerateArray().Select(a => a.GetString()));
    }

    [Fact]
    public async Task The_catalogue_checks_its_parameters_too()
    {
        await service.Register("checked");
        var key = await service.Key(Scopes.Query, "checked");
        Assert.Equal(HttpStatusCode.BadRequest, (await service.Get("/v1/kpis?language=ru", key)).StatusCode);
    }

    [Fact]
    public async Task A_media_type_that_cannot_be_had_is_said()
    {
        await service.Register("media");
        var key = await service.Key(Scopes.Query, "media");
        var path = $"/v1/tenants/media/kpis?{Kpi}";
        Assert.Equal(HttpStatusCode.NotAcceptable, (await service.Get(path, key, "application/xml")).StatusCode);
        Assert.Equal("application/json", await MediaType("text/html, */*;q=0.1"));
        Assert.Equal("text/csv", await MediaType("text/csv, application/json;q=0.5"));
        Assert.Equal("application/json", await MediaType("application/json, text/csv;q=0.5"));

        async Task<string?> MediaType(string accept)
        {
            using var response = await service.Get(path, key, accept);
            return response.Content.Headers.ContentType!.MediaType;
        }
    }
}
