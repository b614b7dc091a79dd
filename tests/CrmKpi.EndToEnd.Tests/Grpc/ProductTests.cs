using CrmKpi.Local.Stack;
using CrmKpi.Testing.Grpc;

namespace CrmKpi.EndToEnd.Tests.Grpc;

/// <summary>The whole product, asked by the official JavaScript client through the gateway.</summary>
public sealed class ProductTests(ProductFixture product) : IClassFixture<ProductFixture>
{
    [NodeTheory]
    [InlineData("append")]
    [InlineData("append_partly_rejected")]
    [InlineData("append_stream_50000_with_killed_connections")]
    [InlineData("append_stream_cancelled")]
    [InlineData("append_stream_deadline")]
    [InlineData("get_kpis")]
    [InlineData("list_catalogue")]
    [InlineData("get_funnel")]
    [InlineData("explain")]
    [InlineData("watch")]
    [InlineData("watch_deadline")]
    [InlineData("unary_deadline")]
    [InlineData("unary_cancelled")]
    [InlineData("metadata")]
    [InlineData("api_key_header")]
    [InlineData("gzip")]
    [InlineData("error_details")]
    [InlineData("retry_info")]
    [InlineData("credentials")]
    public Task Works_with_the_official_client(string name) => NodeClient.AssertPasses(
        "product.js", product.Stack.Grpc, name, product.Stack.Gateway.ToString().TrimEnd('/'), product.Stack.FirstAdminKey!);
}

/// <summary>The product in this process, with nothing in it.</summary>
public sealed class ProductFixture : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("crmkpi-grpc-").FullName;

    public LocalStack Stack { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // PostgreSQL may run as another user, who must be able to come by.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_data, (UnixFileMode)0b111_101_101);
        Stack = await LocalStack.Start(new LocalOptions { Port = 0, GrpcPort = 0, Data = _data });
    }

    public async Task DisposeAsync()
    {
        if (Stack is not null)
            await Stack.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
