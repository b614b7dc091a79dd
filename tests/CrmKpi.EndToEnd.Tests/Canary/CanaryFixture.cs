using System.Text.Json;
using CrmKpi.Local.Stack;
using CrmKpi.Services.Tests.Access;

namespace CrmKpi.EndToEnd.Tests.Canary;

/// <summary>The whole product in this process with <see cref="World"/> in it.</summary>
public sealed class CanaryFixture : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("crmkpi-canary-").FullName;

    private LocalIssuer? _issuer;
    private LocalIssuer? _stranger;

    public LocalStack Stack { get; private set; } = null!;

    /// <summary>Every kind.</summary>
    public IReadOnlyList<Credential> Credentials { get; private set; } = [];

    public async Task InitializeAsync()
    {
        // PostgreSQL may run as another user, who must be able to come by.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_data, (UnixFileMode)0b111_101_101);
        (_issuer, _stranger) = (await LocalIssuer.Start(), await LocalIssuer.Start());
        Stack = await LocalStack.Start(new LocalOptions
        {
            Port = 0,
            GrpcPort = 0,
            Data = _data,
            Settings = new Dictionary<string, string>
            {
                ["Security:Jwt:Issuers:0:Name"] = "corp",
                ["Security:Jwt:Issuers:0:Authority"] = _issuer.Url,
                ["Security:Jwt:Issuers:0:AllowLoopbackHttp"] = "true",
                ["Security:Jwt:Issuers:0:Audiences:0"] = "crmkpi",
                ["Security:Jwt:Issuers:0:AgencyClaim"] = "agency",
                // Nobody is refused for having been refused often.
                ["Limits:AddressPerSecond"] = "100000",
                ["Limits:AddressBurst"] = "100000",
            },
        });
        using var admin = World.Client(Stack.Gateway, Stack.FirstAdminKey);
        Credentials = await World.Make(admin, _issuer, _stranger);
    }

    /// <summary>The description of the API.</summary>
    public async Task<JsonElement> OpenApi()
    {
        using var client = World.Client(Stack.Gateway, (string?)null);
        using var document = JsonDocument.Parse(await client.GetStringAsync("/v1/openapi.json"));
        return document.RootElement.Clone();
    }

    public async Task DisposeAsync()
    {
        if (Stack is not null)
            await Stack.DisposeAsync();
        if (_issuer is not null)
            await _issuer.DisposeAsync();
        if (_stranger is not null)
            await _stranger.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}

/// <summary>Tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class CanaryCollection : ICollectionFixture<CanaryFixture>
{
    public const string Name = "canary";
}
