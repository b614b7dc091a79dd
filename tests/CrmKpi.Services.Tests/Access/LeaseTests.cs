using System.Net;
using CrmKpi.Hosting.Access;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Services.Tests.Ingestion;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Access;

/// <summary>A stream ends soon after the credential that it was begun with.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private string _tenant = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _tenant = await _crm.Tenant();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_running_stream_ends_when_its_key_is_revoked(bool silent)
    {
        var (text, id) = await _crm.Key(["ingest"]);
        await using var stream = await Open(text);
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{id}")).StatusCode);
        for (var i = 0; !silent && !stream.IsAnswered; i++)
        {
            await stream.Write(Lead($"{_tenant}-{i}") + "\n");
            await Task.Delay(50);
        }
        var (head, problem) = await stream.Answer();
        Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
        Assert.Contains("WWW-Authenticate: Basic", head);
        Assert.Equal("unauthorized", problem.GetProperty("code").GetString());
        // What was taken in before is told, and kept.
        Assert.Equal(await _crm.LogLength(_tenant), problem.GetProperty("accepted").GetInt64());
        Assert.NotEqual(0, problem.GetProperty("accepted").GetInt64());
    }

    [Fact]
    public async Task A_running_stream_ends_when_its_key_expires()
    {
        var (text, _) = await _crm.Key(["ingest"], expiresAt: DateTimeOffset.UtcNow.AddSeconds(10));
        await using var stream = await Open(text);
        // A silent stream would be ended by the server as too slow about as soon.
        for (var i = 0; !stream.IsAnswered; i++)
        {
            await stream.Write(Lead($"{_tenant}-{i}") + "\n");
            await Task.Delay(50);
        }
        var (head, problem) = await stream.Answer();
        Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
        Assert.Equal(await _crm.LogLength(_tenant), problem.GetProperty("accepted").GetInt64());
    }

    [Fact]
    public async Task A_body_that_trickles_in_is_not_stored_when_the_key_ends_meanwhile()
    {
        var (text, id) = await _crm.Key(["ingest"]);
        await using var stream = await RawStream.Post(
            _crm.Ingestion.Urls.Single(), $"/v1/tenants/{_tenant}/events", text, HttpExtensions.Batch);
        await stream.Write("[" + Lead("slow"));
        // Until the request has passed the door; should it not have, it is 401 as well.
        await Task.Delay(500);
        await _crm.Admin.DeleteAsync($"/v1/keys/{id}");
        var (head, problem) = await stream.Answer();
        Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
        Assert.False(problem.TryGetProperty("accepted", out _));
        Assert.Equal(0, await _crm.LogLength(_tenant));
    }

    [Fact]
    public async Task A_stream_of_another_key_goes_on()
    {
        var (_, id) = await _crm.Key(["ingest"]);
        await using var streams = new OpenStreams(_crm);
        var body = await streams.Open(_tenant);
        await _crm.Admin.DeleteAsync($"/v1/keys/{id}");
        // Longer than two looks at the keys of running streams.
        await Task.Delay(TimeSpan.FromSeconds(5));
        await OpenStreams.Write(body, Lead("later"));
        await (await streams.Close())[0].Tally(accepted: 2);
    }

    [Fact]
    public async Task What_ends_by_the_clock_ends_while_the_database_is_away()
    {
        await using var nowhere = new Database("Host=127.0.0.1;Port=9;Timeout=1");
        var time = new ManualTime();
        using var leases = new CallerLeases(
            new KeyUse(nowhere), Options.Create(new SecurityOptions { StreamCheckSeconds = 0.1 }), time,
            NullLogger<CallerLeases>.Instance);
        var caller = new Caller(new Actor(Actor.Token, "corp/ann", "default"), "default", Scopes.Query, null);
        using var token = leases.Hold(caller with { ExpiresAt = time.Now + TimeSpan.FromMinutes(5) });
        using var key = leases.Hold(caller with { Actor = new Actor(Actor.Key, "0000000000000000", "default") });
        time.Now += TimeSpan.FromMinutes(5);
        var ended = new TaskCompletionSource();
        await using var _ = token.Ended.Register(ended.SetResult);
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.False(key.Ended.IsCancellationRequested);
    }

    // A stream whose first event is stored.
    private async Task<RawStream> Open(string key)
    {
        var stream = await RawStream.Post(
            _crm.Ingestion.Urls.Single(), $"/v1/tenants/{_tenant}/events", key, HttpExtensions.Lines);
        await stream.Write(Lead($"{_tenant}-first") + "\n");
        while (await _crm.LogLength(_tenant) == 0)
            await Task.Delay(20);
        return stream;
    }
}
