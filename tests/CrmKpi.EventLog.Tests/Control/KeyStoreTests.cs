using CrmKpi.Postgres.Control;

namespace CrmKpi.EventLog.Tests.Control;

public sealed class KeyStoreTests
{
    [Fact]
    public async Task A_key_is_known_by_its_text_and_stored_without_it()
    {
        await using var db = await Given.DatabaseWith("acme", "beta");
        var keys = new KeyStore(db.Database);
        var expiry = new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (key, text) = await keys.Create("bi", "default", Scopes.Query | Scopes.Ingest, ["acme", "beta"], expiry);

        Assert.Matches("^crmkpi_[0-9a-f]{16}_[0-9a-f]{64}$", text);
        Assert.StartsWith($"crmkpi_{key.Id}_", text, StringComparison.Ordinal);
        var known = await keys.Authenticate(text);
        Assert.Equal((key.Id, "bi", "default", Scopes.Query | Scopes.Ingest), (known!.Id, known.Name, known.Agency, known.Scopes));
        Assert.Equal(["acme", "beta"], known.Tenants);
        Assert.Equal(expiry, known.ExpiresAt);
        var secret = text[^64..];
        Assert.Equal(0, await db.Scalar<long>(
            "SELECT count(*) FROM control.api_keys k WHERE k::text LIKE '%' || $1 || '%'", secret));
    }

    [Fact]
    public async Task A_wrong_text_is_no_key()
    {
        await using var db = await Given.DatabaseWith("acme");
        var keys = new KeyStore(db.Database);
        var (_, text) = await keys.Create("a", "default", Scopes.Query, null, null);
        var (_, other) = await keys.Create("b", "default", Scopes.Query, null, null);
        Assert.NotNull(await keys.Authenticate(text));
        var wrong = new[]
        {
            "", "crmkpi_", text[..^1], text + "0", text.ToUpperInvariant(), text[..^1] + (text[^1] == '0' ? '1' : '0'),
            text[..24] + other[24..], "x" + text[1..], text.Replace('_', '-'), text[..^2] + "zz",
        };
        foreach (var one in wrong)
            Assert.Null(await keys.Authenticate(one));
    }

    [Fact]
    public async Task A_revoked_or_expired_key_is_no_key()
    {
        await using var db = await Given.DatabaseWith();
        var keys = new KeyStore(db.Database);
        var (key, text) = await keys.Create("a", "default", Scopes.Query, null, null);
        var (_, expired) = await keys.Create("b", "default", Scopes.Query, null, DateTimeOffset.UtcNow.AddMinutes(-10));
        Assert.Null(await keys.Authenticate(expired));
        var ending = new KeyEnding(db.Database);
        Assert.True(await ending.Revoke(key.Id, ActedBy.Process("test")));
        Assert.False(await ending.Revoke(key.Id, ActedBy.Process("test")));
        Assert.Null(await keys.Authenticate(text));
        Assert.NotNull((await keys.Find(key.Id))!.RevokedAt);
    }

    [Fact]
    public async Task A_key_needs_scopes_and_tenants_that_exist_in_its_agency()
    {
        await using var db = await Given.DatabaseWith("acme");
        await db.Execute("INSERT INTO control.agencies (id, name) VALUES ('second', 'Second')");
        var keys = new KeyStore(db.Database);
        await Assert.ThrowsAsync<ArgumentException>(() => keys.Create("x", "default", Scopes.None, null, null));
        await Assert.ThrowsAsync<ArgumentException>(() => keys.Create("x", "default", (Scopes)16, null, null));
        await Assert.ThrowsAsync<ArgumentException>(() => keys.Create("x", "default", Scopes.Query, [], null));
        await Assert.ThrowsAsync<ArgumentException>(() => keys.Create("x", "default", Scopes.All, ["acme"], null));
        await Assert.ThrowsAsync<ArgumentException>(() => keys.Create("x", "default", Scopes.Query, ["acme", "nobody"], null));
        await Assert.ThrowsAsync<ArgumentException>(() => keys.Create("x", "second", Scopes.Query, ["acme"], null));
        await Assert.ThrowsAsync<ArgumentException>(() => keys.Create("x", "nobody", Scopes.Query, null, null));
        Assert.Empty(await keys.List(new KeyFilter(null), null, 10));
    }

    [Fact]
    public async Task The_first_admin_key_is_made_once_though_many_start_at_once()
    {
        await using var db = await Given.DatabaseWith();
        var texts = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => new KeyStore(db.Database).CreateFirstAdminKey()));
        var text = Assert.Single(texts, text => text is not null);
        var keys = new KeyStore(db.Database);
        var key = await keys.Authenticate(text!);
        Assert.Equal(Scopes.All, key!.Scopes);
        Assert.Null(key.Tenants);
        Assert.Null(await keys.CreateFirstAdminKey());
        Assert.Single(await keys.List(new KeyFilter(null), null, 10));
    }
}
