using System.Text;
using CrmKpi.Testing;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Long streams and their accidents.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private string _tenant = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _tenant = await _crm.Tenant();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_chunked_stream_of_fifty_thousand_events_is_stored_in_order()
    {
        const int Count = 50_000;
        var body = SampleHistory.ToNdjson(SampleHistory.Events(Count, seed: 1));
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/tenants/{_tenant}/events");
        request.Content = new StreamContent(new MemoryStream(body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", HttpExtensions.Lines);
        request.Headers.TransferEncodingChunked = true;
        using var answer = await _crm.Admin.SendAsync(request);
        var tally = await answer.Tally(accepted: Count);
        Assert.Equal(Count + 1, tally.GetProperty("sequence").GetInt64());

        var sent = SampleHistory.Events(Count, seed: 1)[^1];
        var last = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/events?after={Count}")).Json();
        Assert.Equal(sent.Id, last.GetProperty("events")[0].GetProperty("id").GetString());
        await (await _crm.Admin.PostEvents(_tenant, body)).Tally(0, duplicates: Count);
    }

    [Fact]
    public async Task A_stream_cut_in_the_middle_and_sent_again_gives_each_event_once()
    {
        var lines = Leads(10_000).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await using (var streams = new OpenStreams(_crm))
        {
            var body = await streams.Open(_tenant);
            // 6 000 whole lines and half of the next.
            await OpenStreams.Write(body, string.Join('\n', lines.Take(6_000)) + "\n" + lines[6_000][..40]);
            while (await _crm.LogLength(_tenant) < 2_000)
                await Task.Delay(20);
            await streams.Abort();
        }
        using var again = await _crm.Admin.PostEvents(_tenant, string.Join('\n', lines));
        var tally = await again.Json();
        Assert.Equal(lines.Length, tally.GetProperty("accepted").GetInt32() + tally.GetProperty("duplicates").GetInt32());
        Assert.NotEqual(0, tally.GetProperty("duplicates").GetInt32());
        // One more was sent to see that the stream had begun.
        Assert.Equal(lines.Length + 1, await _crm.LogLength(_tenant));
        Assert.Equal(lines.Length + 1, await _crm.Database.Scalar<long>(
            "SELECT count(DISTINCT id) FROM events.mt_events WHERE tenant_id = $1 AND stream_id <> 'tenant'", _tenant));
    }

    [Fact]
    public async Task A_silent_stream_shows_what_came_before_its_end()
    {
        using var direct = Installation.Client(_crm.Ingestion, _crm.AdminKey);
        await using var streams = new OpenStreams(_crm, direct);
        var body = await streams.Open(_tenant);
        await OpenStreams.Write(body, Lead("second") + "\n" + Lead("third")[..30]);
        while (await _crm.LogLength(_tenant, "lead/second") == 0)
            await Task.Delay(20);
        await OpenStreams.Write(body, Lead("third")[30..]);
        await (await streams.Close())[0].Tally(accepted: 3);
    }

    [Fact]
    public async Task Many_streams_of_many_tenants_do_not_mix()
    {
        var tenants = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _crm.Tenant()));
        await Task.WhenAll(tenants.SelectMany(tenant => Enumerable.Range(0, 2).Select(async part =>
            await (await _crm.Admin.PostEvents(tenant, Leads(5_000, $"{tenant}-{part}-"))).Tally(accepted: 5_000))));
        foreach (var tenant in tenants)
        {
            Assert.Equal(10_000, await _crm.LogLength(tenant));
            Assert.Equal(10_000, await _crm.LogLength(tenant, $"lead/{tenant}-%"));
        }
    }

    [Fact]
    public async Task Random_cuts_of_the_transport_change_nothing()
    {
        var random = new Random(7);
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 400).Select(i =>
            Lead($"r{i}", data: $$"""{"source":"{{new string('я', random.Next(300))}}"}""") + (i % 3 == 0 ? "\r\n" : "\n"))));
        await using var streams = new OpenStreams(_crm);
        var pipe = await streams.Open(_tenant);
        for (var at = 0; at < body.Length;)
        {
            var piece = Math.Min(random.Next(1, 5_000), body.Length - at);
            await pipe.WriteAsync(body.AsMemory(at, piece));
            at += piece;
        }
        var tally = await (await streams.Close())[0].Json();
        Assert.Equal(401, tally.GetProperty("accepted").GetInt32() + tally.GetProperty("rejectedCount").GetInt32());
        Assert.Equal(400, await _crm.LogLength(_tenant, "lead/r%") + tally.GetProperty("rejectedCount").GetInt32());
    }
}
