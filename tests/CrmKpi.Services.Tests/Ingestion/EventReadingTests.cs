using System.Text.Json;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Reading the log back.</summary>
public sealed class EventReadingTests : IAsyncLifetime
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
    [InlineData(1_000)]
    [InlineData(37)]
    public async Task The_log_is_paged_without_gaps(int limit)
    {
        await (await _crm.Admin.PostEvents(_tenant, Leads(230))).Tally(accepted: 230);
        var sequences = new List<long>();
        for (long? after = 0; after is not null;)
        {
            var page = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/events?after={after}&limit={limit}")).Json();
            Assert.True(page.GetProperty("events").GetArrayLength() <= limit);
            sequences.AddRange(page.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt64()));
            after = page.GetProperty("next") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }
        Assert.Equal(Enumerable.Range(1, 231).Select(i => (long)i), sequences);
    }

    [Theory]
    [InlineData("after=9223372036854775807")]
    [InlineData("after=9223372036854775806&limit=1000")]
    [InlineData("stream=lead/x&after=9223372036854775807")]
    public async Task Behind_the_last_number_that_there_can_be_comes_nothing(string query)
    {
        var page = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/events?{query}")).Json();
        Assert.Equal(0, page.GetProperty("events").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, page.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task A_stream_whose_name_cannot_be_is_a_bad_request()
    {
        var answer = await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/events?stream=lead/%00");
        Assert.Contains("U+0000", (await answer.Problem(400, "malformed_request")).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task One_stream_is_read_by_version()
    {
        await _crm.Admin.PostEvents(_tenant, string.Join('\n', Lead("1", "lead/x"), Lead("2", "lead/y"), Lead("3", "lead/x")));
        var page = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/events?stream=lead/x&after=1")).Json();
        var e = Assert.Single(page.GetProperty("events").EnumerateArray());
        Assert.Equal(
            ("3", 2, "lead/x", "lead.created", "test", "2025-03-01T06:30:00.000000Z"),
            (e.GetProperty("id").GetString(), e.GetProperty("version").GetInt32(), e.GetProperty("stream").GetString(),
                e.GetProperty("type").GetString(), e.GetProperty("source").GetString(), e.GetProperty("time").GetString()));
        Assert.Equal("ads", e.GetProperty("data").GetProperty("source").GetString());
    }

    [Fact]
    public async Task A_page_of_large_events_ends_early_and_goes_on()
    {
        var large = string.Join('\n', Enumerable.Range(0, 12).Select(i =>
            Lead($"{i}", data: $$"""{"note":"{{new string('x', 1_000_000)}}"}""")));
        await (await _crm.Admin.PostEvents(_tenant, large)).Tally(accepted: 12);
        var first = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/events")).Json();
        Assert.InRange(first.GetProperty("events").GetArrayLength(), 5, 12);
        var next = first.GetProperty("next").GetInt64();
        var second = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/events?after={next}")).Json();
        Assert.Equal(13, first.GetProperty("events").GetArrayLength() + second.GetProperty("events").GetArrayLength());
    }
}
