using System.Text.RegularExpressions;

namespace CrmKpi.Deploy.Tests.Policies;

/// <summary>Settings are read from the code as they stand; the policy holds what is rendered against them.</summary>
public sealed partial class SettingsTests
{
    [Theory]
    [InlineData("query", "Postgres__ConnectionString")]
    [InlineData("query", "Postgres__Databases__0__Name")]
    [InlineData("ingestion", "Postgres__Databases__63__ConnectionString")]
    [InlineData("projections", "Postgres__Databases__1__MigrationConnectionString")]
    [InlineData("ingestion", "Postgres__NewTenantsIn")]
    [InlineData("projections", "Postgres__MigrateOnly")]
    [InlineData("query", "TenantLimits__PerSecond")]
    [InlineData("gateway", "Gateway__TrustedProxies")]
    [InlineData("ingestion", "Security__FirstKeyFile")]
    [InlineData("ingestion", "Security__Jwt__Issuers__0__Name")]
    [InlineData("ingestion", "Security__Jwt__Issuers__1__Audiences__0")]
    [InlineData("ingestion", "Security__Jwt__Issuers__0__ScopeMap__2__Scopes")]
    [InlineData("query", "ASPNETCORE_URLS")]
    [InlineData("query", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("query", "DOTNET_gcServer")]
    [InlineData("query", "Logging__LogLevel__Default")]
    public void What_a_service_knows_is_known(string service, string variable) =>
        Assert.True(Settings.IsKnown(service, variable));

    [Theory]
    [InlineData("query", "Postgres__Databases__north__ConnectionString")]
    [InlineData("query", "Postgres__Databases__0")]
    [InlineData("query", "Postgres__Databases__0__Key")]
    [InlineData("query", "Postgres__ConnectionStrings")]
    [InlineData("query", "Postgres__ConnectionString__0")]
    [InlineData("query", "Postgres__Section")]
    [InlineData("query", "Postgres__")]
    [InlineData("query", "Postgres")]
    [InlineData("query", "Lanes__WorkersMax")]
    [InlineData("query", "Gateway__TrustedProxies")]
    [InlineData("gateway", "Cors__OriginList")]
    [InlineData("ingestion", "Security__Jwt")]
    [InlineData("ingestion", "Security__Jwt__Issuers__first__Name")]
    [InlineData("ingestion", "Security__Jwt__Issuers__0__Nam")]
    [InlineData("ingestion", "Security__Jwt__Issuers__0__Audiences")]
    [InlineData("query", "Sever__DrainSeconds")]
    [InlineData("query", "ASPNETCORE_URL")]
    [InlineData("nobody", "Gateway__Query")]
    public void What_it_does_not_know_is_not(string service, string variable) =>
        Assert.False(Settings.IsKnown(service, variable));

    [Theory]
    [InlineData("gateway")]
    [InlineData("ingestion")]
    [InlineData("projections")]
    [InlineData("query")]
    public void All_options_that_a_service_binds_are_found_and_no_others(string service)
    {
        var project = $"CrmKpi.{char.ToUpperInvariant(service[0])}{service[1..]}";
        var bound = Bound("CrmKpi.Hosting").Concat(Bound(project)).ToList();

        Assert.True(bound.Count > 4);
        Assert.Equal(bound.Order(), Settings.OptionsOf(service).Order());
    }

    private static IEnumerable<string> Bound(string project) =>
        from file in Directory.EnumerateFiles(
            Repository.PathOf("services", project), "*.cs", SearchOption.AllDirectories)
        from Match binding in Binding().Matches(File.ReadAllText(file))
        select binding.Groups[1].Value;

    [GeneratedRegex(@"AddStrictOptions<(\w+)>\(\1\.Section\)")]
    private static partial Regex Binding();
}
