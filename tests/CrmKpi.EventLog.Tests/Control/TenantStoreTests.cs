using CrmKpi.Postgres.Control;

namespace CrmKpi.EventLog.Tests.Control;

public sealed class TenantStoreTests
{
    [Fact]
    public async Task A_tenant_is_registered_once()
    {
        await using var db = await Given.DatabaseWith();
        var tenants = new TenantStore(db.Database);
        var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tenants.Register("acme", "Acme", "default")));
        Assert.Single(won, true);
        var found = await tenants.Find("acme");
        Assert.Equal(("acme", "Acme", "default"), (found!.Id, found.Name, found.Agency));
        Assert.InRange(DateTimeOffset.UtcNow - found.CreatedAt, TimeSpan.FromMinutes(-5), TimeSpan.FromMinutes(5));
        Assert.Null(await tenants.Find("other"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("Acme")]
    [InlineData("a_b")]
    [InlineData("a:b")]
    [InlineData("acme\n")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public async Task An_id_of_the_wrong_form_is_refused(string id)
    {
        await using var db = await Given.DatabaseWith();
        await Assert.ThrowsAsync<ArgumentException>(() => new TenantStore(db.Database).Register(id, "x", "default"));
    }

    [Fact]
    public async Task An_agency_must_exist()
    {
        await using var db = await Given.DatabaseWith();
        var tenants = new TenantStore(db.Database);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => tenants.Register("acme", "Acme", "nobody"));
        Assert.Contains("nobody", error.Message, StringComparison.Ordinal);
        Assert.Null(await tenants.Find("acme"));
    }

    [Fact]
    public async Task Tenants_are_listed_by_agency_in_pages()
    {
        await using var db = await Given.DatabaseWith("b", "a", "d", "c");
        await db.Execute("INSERT INTO control.agencies (id, name) VALUES ('second', 'Second')");
        var tenants = new TenantStore(db.Database);
        await tenants.Register("e", "E", "second");
        Assert.Equal(["a", "b", "c"], (await tenants.List("default", null, 3)).Select(t => t.Id));
        Assert.Equal(["d"], (await tenants.List("default", "c", 3)).Select(t => t.Id));
        Assert.Equal(["e"], (await tenants.List("second", null, 3)).Select(t => t.Id));
        Assert.Empty(await tenants.List("third", null, 100));
    }
}
