using System.Text;
using static CrmKpi.Services.Tests.HttpExtensions;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Bad events: a clear reason, nothing appended, what was sent is in the quarantine, byte by byte.</summary>
public sealed class BadEventTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private string _tenant = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _tenant = await _crm.Tenant();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public static TheoryData<string, string, string> Bad => new()
    {
        { "{\"id\":", "malformed_json", "" },
        { "not json at all", "malformed_json", "" },
        { "[1,2]", "malformed_json", "" },
        { "{}", "missing_field", "/id" },
        { Lead("1", type: "deal.vanished", stream: "deal/1"), "unknown_type", "/type" },
        { Lead("1", time: "2999-01-01T00:00:00Z"), "out_of_range", "/time" },
        { Lead("1", time: "0001-01-01T00:00:00Z"), "out_of_range", "/time" },
        { Lead("1", time: "yesterday"), "bad_time", "/time" },
        { Lead("1", time: "2025-03-01T09:30:00"), "bad_time", "/time" },
        { Lead("1", data: "{\"source\":7}"), "wrong_type", "/data/source" },
        { Lead("1", data: "[]"), "wrong_type", "/data" },
        { Lead("1", data: "\"text\""), "wrong_type", "/data" },
        { Lead("1", data: "{\"source\":\"a\\u0000b\"}"), "null_character", "" },
        { Lead("1", stream: "deal/1"), "bad_subject", "/subject" },
        { Lead("1").Replace("\"1.0\"", "\"0.3\"", StringComparison.Ordinal), "bad_specversion", "/specversion" },
        { Lead("1", type: "deal.won", stream: "deal/1", data: "{}"), "missing_field", "/data/amount" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task It_is_refused_with_its_reason_and_kept(string text, string code, string pointer)
    {
        foreach (var (body, mediaType) in new[] { (text, One), ($"[{text}]", Batch), (text, Lines) })
        {
            // A text that is no JSON value is no element of an array either.
            if (mediaType == Batch && code == "malformed_json" && pointer == "" && text.StartsWith("{\"id\":", StringComparison.Ordinal))
                continue;
            using var answer = await _crm.Admin.PostEvents(_tenant, body, mediaType);
            await answer.Problem(422, "all_rejected");
            var tally = await answer.Tally(0, rejected: 1, status: 422);
            var rejected = tally.GetProperty("rejected")[0];
            Assert.Equal(code, rejected.GetProperty("code").GetString());
            if (pointer.Length > 0)
                Assert.Equal(pointer, rejected.GetProperty("pointer").GetString());
            Assert.NotEmpty(rejected.GetProperty("detail").GetString()!);
        }
        Assert.Equal(0, await _crm.LogLength(_tenant));
        var kept = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/quarantine")).Json();
        Assert.All(kept.GetProperty("events").EnumerateArray(), e =>
        {
            Assert.Equal(text, e.GetProperty("body").GetString());
            Assert.Equal(code, e.GetProperty("code").GetString());
        });
    }

    [Fact]
    public async Task Invalid_utf8_is_kept_byte_by_byte()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Lead("1", data: "{\"source\":\"")), 0xC3, 0x28, .. "\"}}"u8];
        byte[] good = [.. Encoding.UTF8.GetBytes(Lead("2")), (byte)'\n'];
        var tally = await (await _crm.Admin.PostEvents(_tenant, [.. good, .. bytes])).Tally(accepted: 1, rejected: 1);
        Assert.Equal("invalid_text", tally.GetProperty("rejected")[0].GetProperty("code").GetString());
        var kept = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/quarantine")).Json();
        Assert.Equal(bytes, kept.GetProperty("events")[0].GetProperty("bodyBase64").GetBytesFromBase64());
    }

    [Fact]
    public async Task The_list_of_rejected_events_is_bounded_and_their_number_exact()
    {
        var body = string.Concat(Enumerable.Repeat("nonsense\n", 2_500)) + Lead("1");
        var tally = await (await _crm.Admin.PostEvents(_tenant, body)).Tally(accepted: 1, rejected: 2_500);
        Assert.Equal(999, tally.GetProperty("rejected")[999].GetProperty("index").GetInt64());
    }
}
