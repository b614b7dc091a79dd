using CrmKpi.Gateway;
using CrmKpi.Ingestion;
using CrmKpi.Services.Tests.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>Configuration that is not understood ends the start with a text that names it.</summary>
public sealed class OptionsTests
{
    [Theory]
    [InlineData("Ingestion:BatchByteMax", "1000", "Ingestion:BatchByteMax")]
    [InlineData("Postgres:Conection", "x", "Postgres:Conection")]
    [InlineData("Security:KeyCacheSeconds", "60", "KeyCacheSeconds")]
    [InlineData("Security:KeyCacheSeconds", "soon", "KeyCacheSeconds")]
    [InlineData("Server:BodyBytesMax", "-1", "BodyBytesMax")]
    [InlineData("Postgres:ConnectionString", "", "Postgres:ConnectionString is missing")]
    public async Task Of_ingestion(string key, string value, string named) =>
        await Fails(() => IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = "Host=127.0.0.1;Port=9";
            builder.Configuration[key] = value;
        }), named);

    [Theory]
    [InlineData("Databases:1:Name", "second", "two have the name 'second'")]
    [InlineData("Databases:1:Name", "main", "'main' is the database of Postgres:ConnectionString")]
    [InlineData("Databases:1:Name", "", "Postgres:Databases:1: its Name is missing")]
    [InlineData("Databases:1:Name", "Third", "Postgres:Databases:1: a Name has lower-case letters")]
    [InlineData("Databases:1:ConnectionString", "", "Postgres:Databases:1: its ConnectionString is missing")]
    [InlineData("Databases:1:Conection", "x", "Postgres:Databases:1:Conection")]
    [InlineData("NewTenantsIn", "fourth", "Postgres:NewTenantsIn is 'fourth', which is no database. Known: main, second, third")]
    public async Task Of_further_databases(string key, string value, string named) =>
        await Fails(() => IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = "Host=127.0.0.1;Port=9";
            foreach (var (i, name) in ((string[])["second", "third"]).Index())
            {
                builder.Configuration[$"Postgres:Databases:{i}:Name"] = name;
                builder.Configuration[$"Postgres:Databases:{i}:ConnectionString"] = "Host=127.0.0.1;Port=9;Database=further";
            }
            builder.Configuration[$"Postgres:{key}"] = value;
        }), named);

    [Theory]
    [InlineData("Authorty", "https://login.example", "Security:Jwt:Issuers:0:Authorty")]
    [InlineData("ScopeMap:0:Scope", "query", "Security:Jwt:Issuers:0:ScopeMap:0:Scope")]
    [InlineData("Name", "", "Issuers:0")]
    [InlineData("Name", "Corp Login", "Name must be")]
    [InlineData("Authority", "", "Authority is missing")]
    [InlineData("Authority", "http://login.example", "is not an https address")]
    [InlineData("Authority", "http://127.0.0.1:5000", "with AllowLoopbackHttp")]
    [InlineData("Authority", "login.example", "is not an https address")]
    [InlineData("MetadataAddress", "http://login.example/x", "is not an https address")]
    [InlineData("Audiences:0", " ", "Audiences is missing")]
    [InlineData("Agency", "default", "Either Agency or AgencyClaim")]
    [InlineData("Agency", "NORTH", "Agency 'NORTH' is not the id of an agency")]
    [InlineData("AgencyClaim", null, "Either Agency or AgencyClaim")]
    [InlineData("AgencyClaim", "", "'' is not the name of a claim")]
    [InlineData("SubjectClaim", "", "SubjectClaim")]
    [InlineData("TenantsClaim", "клиенты", "is not the name of a claim")]
    [InlineData("ScopesClaim", "a\"b", "is not the name of a claim")]
    [InlineData("Algorithms:0", "HS256", "Algorithms holds 'HS256'")]
    [InlineData("Algorithms:0", "none", "Algorithms holds 'none'")]
    [InlineData("ScopeMap:0:Scopes", "root", "ScopeMap gives 'root'")]
    [InlineData("ScopeMap:0:Value", "", "ScopeMap gives")]
    [InlineData("ClockSkewSeconds", "301", "ClockSkewSeconds")]
    [InlineData("ClockSkewSeconds", "-1", "ClockSkewSeconds")]
    [InlineData("AskSecondsMin", "0", "AskSecondsMin")]
    [InlineData("RefreshMinutes", "soon", "RefreshMinutes")]
    public async Task Of_issuers(string key, string? value, string named) =>
        await Fails(() => IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = "Host=127.0.0.1;Port=9";
            foreach (var (name, good) in new Dictionary<string, string?>
            {
                ["Name"] = "corp",
                ["Authority"] = "https://login.example",
                ["Audiences:0"] = "crmkpi",
                ["AgencyClaim"] = "agency",
                ["ScopeMap:0:Value"] = "viewer",
                ["ScopeMap:0:Scopes"] = "query",
                [key] = value,
            })
                builder.Configuration[$"Security:Jwt:Issuers:0:{name}"] = good;
        }), named);

    [Theory]
    [InlineData("corp", "https://other.example", "two issuers have the name 'corp'")]
    [InlineData("other", "https://login.example/", "two issuers are 'https://login.example'")]
    public async Task Of_two_issuers(string name, string authority, string named) =>
        await Fails(() => IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = "Host=127.0.0.1;Port=9";
            builder.Configuration.AddInMemoryCollection(TokenFixture.Settings(0, "corp", "https://login.example"));
            builder.Configuration.AddInMemoryCollection(TokenFixture.Settings(1, name, authority));
        }), named);

    [Theory]
    [InlineData("Gateway:Ingest", "http://x", "Gateway:Ingest")]
    [InlineData("Gateway:Query", "", "Gateway:Query is missing")]
    [InlineData("Gateway:Query", "ftp://x", "ftp://x")]
    [InlineData("Gateway:ActivitySecondsMax", "0", "ActivitySecondsMax")]
    public async Task Of_the_gateway(string key, string value, string named) =>
        await Fails(() => GatewayHost.Build([], builder =>
        {
            Installation.Listen(builder);
            foreach (var service in new[] { "Ingestion", "Query", "Projections" })
                builder.Configuration[$"Gateway:{service}"] = Installation.Nowhere;
            builder.Configuration[key] = value;
        }), named);

    private static async Task Fails(Func<WebApplication> build, string named)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var service = build();
            await service.StartAsync();
        });
        Assert.Contains(named, error.Message);
    }
}
