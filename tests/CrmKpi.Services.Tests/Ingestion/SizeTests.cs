using System.Text;
using static CrmKpi.Services.Tests.HttpExtensions;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Large lines, large bodies, too many at once.</summary>
public sealed class SizeTests
{
    private const int EventBytesMax = 1 << 20;

    [Fact]
    public async Task A_line_over_the_limit_rejects_itself_and_the_stream_goes_on()
    {
        var crm = await Installation.Shared;
        var tenant = await crm.Tenant();
        var huge = Lead("huge", data: $$"""{"note":"{{new string('x', 3 * EventBytesMax)}}"}""");
        var body = $"{Lead("1")}\n{huge}\n{Lead("2")}\r\n{huge}";
        var tally = await (await crm.Admin.PostEvents(tenant, body)).Tally(accepted: 2, rejected: 2);
        Assert.All(tally.GetProperty("rejected").EnumerateArray(), r =>
            Assert.Equal("too_large", r.GetProperty("code").GetString()));
        Assert.Equal([1, 3], tally.GetProperty("rejected").EnumerateArray().Select(r => r.GetProperty("index").GetInt32()));

        var kept = await (await crm.Admin.GetAsync($"/v1/tenants/{tenant}/quarantine")).Json();
        var head = kept.GetProperty("events")[0].GetProperty("body").GetString()!;
        Assert.StartsWith(head, huge, StringComparison.Ordinal);
        Assert.InRange(head.Length, 1_000, EventBytesMax);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task The_limit_of_a_line_is_exact(int over, bool accepted)
    {
        var crm = await Installation.Shared;
        var tenant = await crm.Tenant();
        var bare = Lead("1", data: """{"note":""}""").Length;
        var line = Lead("1", data: $$"""{"note":"{{new string('x', EventBytesMax - bare + over)}}"}""");
        foreach (var end in new[] { "", "\n", "\r\n" })
        {
            using var answer = await crm.Admin.PostEvents(tenant, Lead("0") + "\n" + line + end);
            var rejected = (await answer.Json()).GetProperty("rejectedCount").GetInt32();
            Assert.Equal(accepted ? 0 : 1, rejected);
        }
        Assert.Equal(accepted ? 2 : 1, await crm.LogLength(tenant));
    }

    [Theory]
    [InlineData(Batch, 10_000_000, false)]
    [InlineData(Batch, 10_000_000, true)]
    [InlineData(One, 1_500_000, false)]
    [InlineData(One, 1_500_000, true)]
    public async Task A_body_over_the_limit_is_413_and_nothing_is_appended(string mediaType, int bytes, bool chunked)
    {
        var crm = await Installation.Shared;
        var tenant = await crm.Tenant();
        var text = $"[{Lead("1")}, {Lead("2", data: $$"""{"note":"{{new string('x', bytes)}}"}""")}]";
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/tenants/{tenant}/events") { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        using var answer = await crm.Admin.SendAsync(request);
        await answer.Problem(413, "body_too_large");
        Assert.Equal(0, await crm.LogLength(tenant));
    }

    [Fact]
    public async Task A_batch_of_too_many_events_is_413()
    {
        var crm = await Installation.Shared;
        var tenant = await crm.Tenant();
        using var answer = await crm.Admin.PostEvents(
            tenant, $"[{string.Join(',', Enumerable.Repeat("0", 20_001))}]", Batch);
        await answer.Problem(413, "body_too_large");
    }

    [Fact]
    public async Task Bodies_beyond_the_budget_are_told_to_come_again()
    {
        await using var crm = await Installation.Start(new()
        {
            ["Ingestion:BufferedBytesMax"] = "16777216",
            ["Ingestion:TenantShareMax"] = "0.5",
        });
        var (a, b, c) = (await crm.Tenant("a"), await crm.Tenant("b"), await crm.Tenant("c"));
        await using var streams = new OpenStreams(crm);

        // Each open stream takes 4 MiB of 16; a tenant may have 8.
        await streams.Open(a);
        await streams.Open(a);
        await (await crm.Admin.PostEvents(a, Lead("1"))).Problem(429, "too_many_requests");
        await streams.Open(b);
        await streams.Open(b);
        await (await crm.Admin.PostEvents(c, Lead("1"))).Problem(503, "overloaded");

        await streams.Close();
        await (await crm.Admin.PostEvents(a, Lead("1"))).Tally(accepted: 1);
        await (await crm.Admin.PostEvents(c, Lead("1"))).Tally(accepted: 1);
    }
}
