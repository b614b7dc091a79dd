using CrmKpi.Postgres.Control;
using CrmKpi.Testing.Grpc;
using CrmKpi.V1;
using Google.Protobuf;
using Google.Rpc;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>What is wrong in a question is told by the path of its field.</summary>
public sealed class QuestionProblemTests(Query.QueryService service) : IClassFixture<Query.QueryService>
{
    private const int InvalidArgument = 3, NotFound = 5, PermissionDenied = 7, ResourceExhausted = 8, Unauthenticated = 16;

    [Theory]
    [InlineData("""{}""", "question.kpis", "'question.kpis' is required")]
    [InlineData("""{"kpis":["lead_conversoin"]}""", "question.kpis", "Did you mean 'lead_conversion'?")]
    [InlineData("""{"kpis":["leads_created,revenue"]}""", "question.kpis", "no KPI 'leads_created,revenue'")]
    [InlineData("""{"kpis":["revenue"],"from":"2025-02-30"}""", "question.from", "2025-02-30")]
    [InlineData("""{"kpis":["revenue"],"to":"01.02.2025"}""", "question.to", "'question.to' must be a day")]
    [InlineData("""{"kpis":["revenue"],"from":"2025-02-01","to":"2025-02-01"}""", "question.from", "'question.to' is the day after")]
    [InlineData("""{"kpis":["revenue"],"from":"2025-06-01"}""", "question.from", "empty")]
    [InlineData("""{"kpis":["revenue"],"from":"2000-01-01","to":"2025-01-01"}""", "question.from", "3660")]
    [InlineData("""{"kpis":["revenue"],"grain":99}""", "question.grain", "cannot be '99'")]
    [InlineData("""{"kpis":["revenue"],"grain":"GRAIN_DAY","from":"2016-01-01","to":"2025-01-01"}""", "question.grain", "coarser")]
    [InlineData("""{"kpis":["revenue"],"compare":{"kind":7}}""", "question.compare.kind", "cannot be '7'")]
    [InlineData("""{"kpis":["revenue"],"compare":{"kind":"KIND_BASELINE"}}""", "question.compare.kind", "no baseline")]
    [InlineData("""{"kpis":["revenue"],"compare":{"match":"MATCH_WEEKDAY"}}""", "question.compare.match", "'year' in 'question.compare.kind'")]
    [InlineData("""{"kpis":["revenue"],"compare":{"kind":"KIND_CUSTOM","to":"2025-01-01"}}""", "question.compare.from", "needs")]
    [InlineData("""{"kpis":["revenue"],"compare":{"kind":"KIND_YEAR","to":"2025-01-01"}}""", "question.compare.to", "'custom' in")]
    [InlineData("""{"kpis":["revenue"],"groupBy":["colour"]}""", "question.group_by", "colour")]
    [InlineData("""{"kpis":["leads_created"],"groupBy":["pipeline"]}""", "question.group_by", "no dimension 'pipeline'")]
    [InlineData("""{"kpis":["revenue"],"filters":[{"dimension":"manger","values":["ann"]}]}""", "question.filters", "Did you mean 'manager'?")]
    [InlineData("""{"kpis":["revenue"],"filters":[{"dimension":"manager"}]}""", "question.filters", "has no value")]
    [InlineData("""{"kpis":["leads_created"],"filters":[{"dimension":"pipeline","values":["main"]}]}""", "question.filters", "no dimension 'pipeline'")]
    [InlineData("""{"kpis":["lost_sales_cost"],"inputs":[{"input":"lost_sales_cost.prize","value":"1"}]}""", "question.inputs", "no input 'prize'")]
    [InlineData("""{"kpis":["lost_sales_cost"],"inputs":[{"input":"lost_sales_cost.price","value":"x"}]}""", "question.inputs", "must be a number")]
    [InlineData("""{"kpis":["revenue"],"inputs":[{}]}""", "question.inputs", "KPI and name")]
    [InlineData("""{"kpis":["revenue"],"minSequence":-1}""", "question.min_sequence", "'question.min_sequence' must be a whole number")]
    [InlineData("""{"kpis":["revenue"],"minSequence":5,"asOf":{"sequence":3}}""", "question.min_sequence", "'question.as_of' asks for an old one")]
    [InlineData("""{"kpis":["revenue"],"asOf":{}}""", "question.as_of", "point in time")]
    [InlineData("""{"kpis":["revenue"],"asOf":{"sequence":-3}}""", "question.as_of", "'-3'")]
    [InlineData("""{"kpis":["revenue"],"asOf":{"time":"1969-01-01T00:00:00Z"}}""", "question.as_of", "1970")]
    [InlineData("""{"kpis":["revenue"],"pageSize":1001}""", "question.page_size", "1 to 1000")]
    [InlineData("""{"kpis":["revenue"],"pageSize":-1}""", "question.page_size", "1 to 1000")]
    [InlineData("""{"kpis":["revenue"],"pageToken":"xyz!"}""", "question.page_token", "'next_page_token' of the answer before")]
    [InlineData("""{"kpis":["revenue"],"language":3}""", "question.language", "cannot be '3'")]
    public async Task A_wrong_field_is_named_with_what_would_be_right(string question, string field, string detail)
    {
        using var grpc = await Client();
        Violates((await grpc.GetKpis("checked", KpiQuestion.Parser.ParseJson(question))).Status, field, detail);
    }

    [Theory]
    [InlineData("""{"pipeline":"nothing"}""", "pipeline", "nothing")]
    [InlineData("""{"from":"x"}""", "from", "must be a day")]
    [InlineData("""{"filters":[{"dimension":"pipeline","values":["main"]}]}""", "filters", "leads")]
    [InlineData("""{"minSequence":-2}""", "min_sequence", "whole number")]
    [InlineData("""{"language":-1}""", "language", "cannot be '-1'")]
    public async Task So_is_one_of_a_funnel(string request, string field, string detail)
    {
        using var grpc = await Client();
        var asked = GetFunnelRequest.Parser.ParseJson(request);
        asked.Tenant = "checked";
        Violates((await grpc.GetFunnel(asked)).Status, field, detail);
    }

    [Theory]
    [InlineData("""{}""", "kpi", "required")]
    [InlineData("""{"kpi":"nothing"}""", "kpi", "no KPI 'nothing'")]
    [InlineData("""{"kpi":"revenue","part":"EXPLAINED_PART_NUMERATOR"}""", "part", "is no ratio")]
    [InlineData("""{"kpi":"win_rate","part":"EXPLAINED_PART_WHOLE"}""", "part", "cannot be 'whole'")]
    [InlineData("""{"kpi":"win_rate","part":"EXPLAINED_PART_NUMERATOR","reading":0}""", "part", "use one of them")]
    [InlineData("""{"kpi":"win_rate","reading":9}""", "reading", "whole number")]
    [InlineData("""{"kpi":"win_rate","reading":-1}""", "reading", "whole number")]
    [InlineData("""{"kpi":"win_rate","pageToken":"Z2"}""", "page_token", "next_page_token")]
    [InlineData("""{"kpi":"win_rate","asOf":{}}""", "as_of", "point in time")]
    [InlineData("""{"kpi":"win_rate","inputs":[{"input":"win_rate.x","value":"1"}]}""", "inputs", "no inputs that can be given")]
    [InlineData("""{"kpi":"win_rate","pageSize":1001}""", "page_size", "1 to 1000")]
    [InlineData("""{"kpi":"win_rate","from":"2025-02-01","to":"2025-01-01"}""", "from", "empty")]
    public async Task So_is_one_of_an_explanation(string request, string field, string detail)
    {
        using var grpc = await Client();
        var asked = ExplainRequest.Parser.ParseJson(request);
        asked.Tenant = "checked";
        Violates((await grpc.Explain(asked)).Status, field, detail);
    }

    [Fact]
    public async Task Unknown_words_of_a_catalogue_are_refused()
    {
        using var grpc = await Client();
        Violates((await grpc.ListCatalogue(language: (Language)9)).Status, "language", "cannot be '9'");
    }

    [Fact]
    public async Task A_question_that_is_absurdly_long_is_not_read()
    {
        using var grpc = await Client();
        var question = new KpiQuestion { Kpis = { Enumerable.Repeat("revenue", 10_000) } };
        Assert.Equal(ResourceExhausted, (await grpc.GetKpis("checked", question)).Status.Code);
    }

    /// <summary>A call of each method that says a tenant.</summary>
    public static TheoryData<string, IMessage> CallsOf(string tenant) => new()
    {
        { "GetKpis", new GetKpisRequest { Tenant = tenant, Question = new KpiQuestion { Kpis = { "revenue" } } } },
        { "ListCatalogue", new ListCatalogueRequest { Tenant = tenant } },
        { "GetFunnel", new GetFunnelRequest { Tenant = tenant } },
        { "Explain", new ExplainRequest { Tenant = tenant, Kpi = "revenue" } },
    };

    [Theory]
    [MemberData(nameof(CallsOf), "hidden")]
    public async Task Another_tenant_and_none_at_all_are_told_alike(string method, IMessage hidden)
    {
        await service.Register("hidden");
        using var grpc = await Client();
        var unknown = (IMessage)CallsOf("nobody").Single(c => (string)c[0] == method)[1];
        var (first, second) = (await Status(grpc, method, hidden), await Status(grpc, method, unknown));
        Assert.Equal((NotFound, "tenant_not_found"), (first.Code, first.Detail<ErrorInfo>()!.Reason));
        Assert.Equal((first.Code, first.Message, first.Details), (second.Code, second.Message, second.Details));
    }

    [Theory]
    [MemberData(nameof(CallsOf), "checked")]
    public async Task The_scope_is_asked_for(string method, IMessage request)
    {
        await service.Register("checked");
        using var ingest = service.Grpc(await service.Key(Scopes.Ingest, "checked"));
        var status = await Status(ingest, method, request);
        // What KPIs mean may know everybody with a key.
        Assert.Equal(method == "ListCatalogue" ? 0 : PermissionDenied, status.Code);
        using var nobody = service.Grpc(null);
        Assert.Equal(Unauthenticated, (await Status(nobody, method, request)).Code);
    }

    [Theory]
    [MemberData(nameof(CallsOf), "")]
    public async Task A_tenant_has_to_be_named(string method, IMessage request)
    {
        using var grpc = await Client();
        var status = await Status(grpc, method, request);
        if (method == "ListCatalogue")
            Assert.Equal(0, status.Code);
        else
            Violates(status, "tenant", "required");
    }

    private static void Violates(GrpcStatus status, string field, string detail)
    {
        Assert.Equal(InvalidArgument, status.Code);
        Assert.Contains(detail, status.Message);
        var violation = status.Detail<BadRequest>()!.FieldViolations.Single();
        Assert.Equal(field, violation.Field);
        Assert.Contains(detail, violation.Description);
        Assert.Equal(("bad_parameter", "crmkpi"), (status.Detail<ErrorInfo>()!.Reason, status.Detail<ErrorInfo>()!.Domain));
    }

    private async Task<GrpcClient> Client()
    {
        await service.Register("checked");
        return service.Grpc(await service.Key(Scopes.Query, "checked"));
    }

    private static async Task<GrpcStatus> Status(GrpcClient client, string method, IMessage request) => method switch
    {
        "ListCatalogue" => (await client.Ask<ListCatalogueResponse>(method, request)).Status,
        "GetFunnel" => (await client.Ask<GetFunnelResponse>(method, request)).Status,
        "Explain" => (await client.Ask<ExplainResponse>(method, request)).Status,
        _ => (await client.Ask<GetKpisResponse>(method, request)).Status,
    };
}
