using CrmKpi.Hosting;
using CrmKpi.Hosting.Grpc;
using Grpc.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace CrmKpi.Grpc.Tests.Calls;

/// <summary>A service that is mapped wrongly does not start.</summary>
public sealed class MappingTests
{
    [Fact]
    public void A_method_left_out_is_named()
    {
        var e = Refused(service => service.Unary<SimpleRequest, SimpleResponse>("UnaryCall", Answer).Unimplemented("EmptyCall"));
        Assert.Contains("StreamingOutputCall, StreamingInputCall, FullDuplexCall, UnimplementedCall", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_that_is_not_there_is_named() => Assert.Contains(
        "'NoCall'", Refused(service => service.Unary<SimpleRequest, SimpleResponse>("NoCall", Answer)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_method_is_mapped_once() => Assert.Contains(
        "twice",
        Refused(service => service.Unary<SimpleRequest, SimpleResponse>("UnaryCall", Answer).Unimplemented("UnaryCall")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void The_kind_is_that_of_the_contract() => Assert.Contains(
        "streams otherwise",
        Refused(service => service.ServerStreaming<SimpleRequest, SimpleResponse>("UnaryCall", (_, _, _) => Task.CompletedTask)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Messages_are_those_of_the_contract() => Assert.Contains(
        "grpc.testing.SimpleRequest",
        Refused(service => service.Unary<Empty, SimpleResponse>("UnaryCall", (_, _) => Task.FromResult(new SimpleResponse()))).Message,
        StringComparison.Ordinal);

    private static InvalidOperationException Refused(Action<GrpcServiceBuilder> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddCrmKpiServer("test");
        using IHost app = builder.Build();
        return Assert.Throws<InvalidOperationException>(
            () => ((WebApplication)app).MapGrpcService(TestReflection.Descriptor.Services[0], map));
    }

    private static Task<SimpleResponse> Answer(SimpleRequest request, ServerCall call) => Task.FromResult(new SimpleResponse());
}
