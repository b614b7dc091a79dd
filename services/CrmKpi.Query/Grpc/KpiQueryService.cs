using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Grpc;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Catalogue;
using CrmKpi.Query.Explain;
using CrmKpi.Query.Funnel;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.OwnKpis;
using CrmKpi.Query.Parameters;
using CrmKpi.Query.Watch;
using CrmKpi.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Language = CrmKpi.Domain.Kpis.Language;

namespace CrmKpi.Query.Grpc;

/// <summary><c>crmkpi.v1.KpiQuery</c>: the answers of REST for clients that speak gRPC.</summary>
internal sealed class KpiQueryService(
    AnswerService answers, KpiRequests requests, ExplainService explain, OwnKpiSets own, KpiWatch watch)
{
    private static readonly Lazy<ListCatalogueResponse> English = new(() => CatalogueMessage.Of(Language.En, KpiSet.BuiltIn));
    private static readonly Lazy<ListCatalogueResponse> Russian = new(() => CatalogueMessage.Of(Language.Ru, KpiSet.BuiltIn));

    private readonly RequestCache<FunnelRequest> _funnels = new(FunnelRequest.Parse);

    /// <summary>KPIs of a period.</summary>
    public async Task<EncodedAnswer<GetKpisResponse>> GetKpis(GetKpisRequest request, ServerCall call)
    {
        await call.RequireTenant(request.Tenant);
        var asked = await requests.Of(request.Tenant, MessageQuestions.Of(request.Question), call.CancellationToken);
        return await Answer<GetKpisResponse>(request.Tenant, asked, call.CancellationToken);
    }

    /// <summary>What every KPI means.</summary>
    public async Task<ListCatalogueResponse> ListCatalogue(ListCatalogueRequest request, ServerCall call)
    {
        if (request.Tenant.Length > 0)
            await call.RequireTenant(request.Tenant);
        var language = MessageQuestions.Of(request);
        return request.Tenant.Length > 0
            ? CatalogueMessage.Of(language, (await own.Of(request.Tenant, call.CancellationToken)).Set)
            : (language == Language.Ru ? Russian : English).Value;
    }

    /// <summary>The stages of a pipeline.</summary>
    public async Task<EncodedAnswer<GetFunnelResponse>> GetFunnel(GetFunnelRequest request, ServerCall call)
    {
        await call.RequireTenant(request.Tenant);
        // What is asked is the same for all tenants.
        var question = request.Clone();
        question.Tenant = "";
        return await Answer<GetFunnelResponse>(
            request.Tenant, _funnels.Of(MessageQuestions.Of(question)), call.CancellationToken);
    }

    /// <summary>How a value came about.</summary>
    public async Task<EncodedAnswer<ExplainResponse>> Explain(V1.ExplainRequest request, ServerCall call)
    {
        await call.RequireTenant(request.Tenant);
        var ct = call.CancellationToken;
        var asked = await ExplainEndpoint.Of(request.Tenant, MessageQuestions.Of(request), own, ct);
        var (snapshot, answer) = await Naming(MessageQuestions.FlatNames, explain.Explain(request.Tenant, asked, ct));
        return new EncodedAnswer<ExplainResponse>(await answers.Lag(snapshot, ct), answer.Body);
    }

    /// <summary>KPIs, again on each change.</summary>
    public async Task Watch(WatchRequest request, StreamWriter<EncodedAnswer<WatchResponse>> responses, ServerCall call)
    {
        await call.RequireTenant(request.Tenant);
        var (asked, ct) = (MessageQuestions.Of(request.Question), call.CancellationToken);
        asked.Read(KpiRequest.KnownToWatch);
        try
        {
            // A key that ends meanwhile ends the call. In between comes a sign of life, for which HTTP/2 has pings.
            await foreach (var next in watch.Watch(request.Tenant, c => requests.Of(request.Tenant, asked, c), null, default, ct))
                if (next is not null)
                    await responses.WriteAsync(
                        new EncodedAnswer<WatchResponse>(await answers.Lag(next.Snapshot, ct), next.Answer.Body), ct);
        }
        catch (ProblemException e) when (Renamed(e, MessageQuestions.QuestionNames) is { } renamed)
        {
            throw renamed;
        }
    }

    private async Task<EncodedAnswer<TMessage>> Answer<TMessage>(string tenant, AnswerRequest request, CancellationToken ct)
        where TMessage : IMessage<TMessage>, new()
    {
        using var timed = QueryTelemetry.Answers(request.Kind);
        var (snapshot, answer) = await Naming(request.Names, answers.Answer(tenant, request, ct).AsTask());
        return new EncodedAnswer<TMessage>(await answers.Lag(snapshot, ct), answer.Body);
    }

    // Problems from below the request do not know what the caller calls the parameter that they name.
    private static async Task<T> Naming<T>(ParameterNames names, Task<T> work)
    {
        try
        {
            return await work;
        }
        catch (ProblemException e) when (Renamed(e, names) is { } renamed)
        {
            throw renamed;
        }
    }

    private static ProblemException? Renamed(ProblemException e, ParameterNames names) =>
        e.Problem.Parameter is { } parameter && names[parameter] is var name && name != parameter
            ? new ProblemException(e.Problem with { Parameter = name })
            : null;
}

/// <summary>Registers and maps it.</summary>
internal static class KpiQueryExtensions
{
    // A question has no more to say in a message than in a query string.
    private static readonly GrpcLimits Limits = new() { ReceiveBytesMax = 4 * QueryParameters.CharsMax };

    public static WebApplicationBuilder AddKpiQuery(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<KpiQueryService>();
        return builder;
    }

    public static void MapKpiQuery(this WebApplication app)
    {
        var service = app.Services.GetRequiredService<KpiQueryService>();
        app.MapGrpcService(
                KpiQueryReflection.Descriptor.Services.Single(),
                methods => methods
                    .Unary<GetKpisRequest, EncodedAnswer<GetKpisResponse>>("GetKpis", service.GetKpis)
                    .Unary<ListCatalogueRequest, ListCatalogueResponse>("ListCatalogue", service.ListCatalogue)
                    .Unary<GetFunnelRequest, EncodedAnswer<GetFunnelResponse>>("GetFunnel", service.GetFunnel)
                    .Unary<V1.ExplainRequest, EncodedAnswer<ExplainResponse>>("Explain", service.Explain)
                    .ServerStreaming<WatchRequest, EncodedAnswer<WatchResponse>>("Watch", service.Watch),
                Limits)
            .Finally(endpoint => endpoint.Metadata.Add(new AccessRequirement(
                ScopeOf(endpoint.Metadata.OfType<MethodDescriptor>().Single()), TenantMayBeNew: false)));
    }

    // What KPIs mean is no tenant's secret, as over REST.
    private static Scopes ScopeOf(MethodDescriptor method) => method.Name == "ListCatalogue" ? Scopes.None : Scopes.Query;
}
