using CrmKpi.Testing.Grpc;
using CrmKpi.V1;
using Google.Protobuf;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>Calls of <c>crmkpi.v1.KpiQuery</c>.</summary>
internal static class KpiQueries
{
    public static Task<GrpcReply<GetKpisResponse>> GetKpis(this GrpcClient client, string tenant, KpiQuestion? question) =>
        client.Ask<GetKpisResponse>("GetKpis", new GetKpisRequest { Tenant = tenant, Question = question });

    public static Task<GrpcReply<ListCatalogueResponse>> ListCatalogue(
        this GrpcClient client, string tenant = "", Language language = default) =>
        client.Ask<ListCatalogueResponse>("ListCatalogue", new ListCatalogueRequest { Tenant = tenant, Language = language });

    public static Task<GrpcReply<GetFunnelResponse>> GetFunnel(this GrpcClient client, GetFunnelRequest request) =>
        client.Ask<GetFunnelResponse>("GetFunnel", request);

    public static Task<GrpcReply<ExplainResponse>> Explain(this GrpcClient client, ExplainRequest request) =>
        client.Ask<ExplainResponse>("Explain", request);

    public static Task<GrpcReply<TResponse>> Ask<TResponse>(this GrpcClient client, string method, IMessage request)
        where TResponse : class, IMessage<TResponse>, new() =>
        client.Call<TResponse>($"/crmkpi.v1.KpiQuery/{method}", request);
}
