using CrmKpi.Testing.Grpc;

namespace CrmKpi.Grpc.Tests.Interop;

/// <summary>
/// The cases of the gRPC interoperability description that apply, run by the official JavaScript client against the test
/// service, directly and through the gateway.
/// </summary>
public sealed class InteropTests(InteropHost host) : IClassFixture<InteropHost>
{
    private static readonly string[] Cases =
    [
        "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream", "custom_metadata",
        "status_code_and_message", "special_status_message", "unimplemented_method", "unimplemented_service",
        "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server", "client_compressed_unary",
        "server_compressed_unary",
    ];

    /// <summary>Every case, for a theory.</summary>
    public static TheoryData<string> AllCases => [.. Cases];

    [NodeTheory]
    [MemberData(nameof(AllCases))]
    public Task Direct(string name) => NodeClient.AssertPasses("interop.js", host.Direct, name);

    [NodeTheory]
    [MemberData(nameof(AllCases))]
    public Task Through_the_gateway(string name) => NodeClient.AssertPasses("interop.js", host.Gateway, name);

    [NodeTheory]
    [InlineData("check")]
    [InlineData("check_unknown")]
    [InlineData("watch")]
    [InlineData("list_services")]
    [InlineData("file_by_symbol")]
    [InlineData("file_by_name")]
    [InlineData("unknown_symbol")]
    public Task Health_and_reflection(string name) => NodeClient.AssertPasses("health.js", host.Direct, name);

    [NodeTheory]
    [InlineData("back_end_down")]
    [InlineData("no_back_end")]
    [InlineData("health")]
    [InlineData("reflection_of_public_services")]
    public Task The_gateway_alone(string name) => NodeClient.AssertPasses("gateway.js", host.Gateway, name);
}
