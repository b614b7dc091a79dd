using System.Net;
using CrmKpi.Services.Tests.Ingestion;
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
        using var client = Installation.Client(_crm.Ingestion, text);
        await using var streams = new OpenStreams(_crm, client);
        var body = await streams.Open(_tenant);
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{id}")).StatusCode);
        for (var i = 0; !streams.IsAnswered(0); i++)
        {
            if (!silent)
                await OpenStreams.Write(body, Lead($"{_tenant}-{i}") + "\n");
            await Task.Delay(50);
        }
        using var answer = await streams.Answer(0);
        var problem = await answer.Problem(401, "unauthorized");
        Assert.Equal(2, answer.Headers.WwwAuthenticate.Count);
        // What was taken in before is told, and kept.
        Assert.Equal(await _crm.LogLength(_tenant), problem.GetProperty("accepted").GetInt64());
        Assert.NotEqual(0, problem.GetProperty("accepted").GetInt64());
    }

    [Fact]
    public async Task A_running_stream_ends_when_its_key_expires()
    {
        var (text, _) = await _crm.Key(["ingest"], expiresAt: DateTimeOffset.UtcNow.AddSeconds(3));
        using var client = Installation.Client(_crm.Ingestion, text);
        await using var streams = new OpenStreams(_crm, client);
        await streams.Open(_tenant);
        await (await streams.Answer(0)).Problem(401, "unauthorized");
    }

    [Fact]
    public async Task A_body_that_trickles_in_is_not_stored_when_the_key_ends_meanwhile()
    {
        var (text, id) = await _crm.Key(["ingest"]);
        using var client = Installation.Client(_crm.Ingestion, text);
        await using var streams = new OpenStreams(_crm, client);
        var body = streams.Begin(_tenant, HttpExtensions.Batch);
        await OpenStreams.Write(body, "[" + Lead("slow"));
        await Task.Delay(200);
        await _crm.Admin.DeleteAsync($"/v1/keys/{id}");
        await (await streams.Answer(0)).Problem(401, "unauthorized");
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
}
