using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Access.Tokens;
using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CrmKpi.Services.Tests.Access;

/// <summary>The memory of keys: short, bounded, by the clock.</summary>
public sealed class CallerCacheTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private TestDatabase _database = null!;
    private KeyStore _keys = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.Create();
        _keys = new KeyStore(_database.Database);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_right_key_is_remembered_until_its_time_is_over()
    {
        var cache = Cache(seconds: 2);
        var (key, text) = await _keys.Create("a", "default", Scopes.Query, null, null);
        Assert.Equal(key.Id, (await cache.Find(text, default)).Caller?.Actor.Id);
        await new KeyEnding(_database.Database).Revoke(key.Id, ActedBy.Process("test"));
        _time.Now += TimeSpan.FromSeconds(1.9);
        Assert.NotNull((await cache.Find(text, default)).Caller);
        _time.Now += TimeSpan.FromSeconds(0.2);
        Assert.Null((await cache.Find(text, default)).Caller);
    }

    [Fact]
    public async Task Zero_seconds_ask_every_time()
    {
        var cache = Cache(seconds: 0);
        var (key, text) = await _keys.Create("a", "default", Scopes.Query, null, null);
        Assert.NotNull((await cache.Find(text, default)).Caller);
        await new KeyEnding(_database.Database).Revoke(key.Id, ActedBy.Process("test"));
        Assert.Null((await cache.Find(text, default)).Caller);
    }

    [Fact]
    public async Task Wrong_keys_cannot_push_right_ones_out()
    {
        var cache = Cache(seconds: 5, entries: 10);
        var (key, text) = await _keys.Create("a", "default", Scopes.Query, null, null);
        Assert.NotNull((await cache.Find(text, default)).Caller);
        await new KeyEnding(_database.Database).Revoke(key.Id, ActedBy.Process("test"));
        for (var i = 0; i < 100; i++)
            Assert.Null((await cache.Find($"crmkpi_{i:x16}_{new string('0', 64)}", default)).Caller);
        // Still remembered as right: it was not asked for again.
        Assert.NotNull((await cache.Find(text, default)).Caller);
    }

    private CallerCache Cache(double seconds, int entries = 100)
    {
        var options = Options.Create(new SecurityOptions { KeyCacheSeconds = seconds, KeyCacheEntriesMax = entries });
        var (use, agencies) = (new KeyUse(_database.Database), new AgencyStore(_database.Database));
        return new CallerCache(
            _keys, new TokenIssuers(options, agencies, _time, NullLogger<TokenIssuers>.Instance),
            new LastUse(use, new Readiness(), options, _time, NullLogger<LastUse>.Instance), options, _time);
    }
}
