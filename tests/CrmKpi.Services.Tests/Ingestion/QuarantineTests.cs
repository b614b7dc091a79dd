using System.Text.Json;
using CrmKpi.EventLog;
using Microsoft.Extensions.DependencyInjection;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>What was refused can be seen and tried again.</summary>
public sealed class QuarantineTests : IAsyncLifetime
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
    public async Task The_list_is_paged()
    {
        await _crm.Admin.PostEvents(_tenant, string.Join('\n', Enumerable.Range(0, 7).Select(i => $"bad{i}")));
        var seen = new List<string>();
        for (long? after = 0; after is not null;)
        {
            var page = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/quarantine?limit=3&after={after}")).Json();
            seen.AddRange(page.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("body").GetString()!));
            after = page.GetProperty("next") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"bad{i}"), seen);
    }

    [Fact]
    public async Task A_retry_takes_in_what_is_good_today_and_keeps_the_rest_with_its_new_reason()
    {
        // Events as an older version with stricter rules would have left them.
        await Put("retry-1", Lead("retry-1"));
        await Put("retry-2", "{}");
        await Put("retry-1 again", Lead("retry-1"));
        using var answer = await Retry("""{"all":true}""");
        var result = await answer.Json();
        Assert.Equal(1, result.GetProperty("accepted").GetInt32());
        Assert.Equal(1, result.GetProperty("duplicates").GetInt32());
        var kept = Assert.Single(result.GetProperty("kept").EnumerateArray());
        Assert.Equal("missing_field", kept.GetProperty("code").GetString());
        Assert.Equal(1, await _crm.LogLength(_tenant));

        var left = Assert.Single((await List()).GetProperty("events").EnumerateArray());
        Assert.Equal("missing_field", left.GetProperty("code").GetString());
        Assert.Equal(2, left.GetProperty("attempts").GetInt32());
    }

    [Fact]
    public async Task A_retry_may_name_ids()
    {
        await Put("a", Lead("a"));
        await Put("b", Lead("b"));
        var ids = (await List()).GetProperty("events").EnumerateArray().Select(e => e.GetProperty("id").GetInt64()).ToList();
        await Retry($$"""{"ids":[{{ids[1]}}, 999999]}""");
        Assert.Equal(0, await _crm.LogLength(_tenant, "lead/a"));
        Assert.Equal(1, await _crm.LogLength(_tenant, "lead/b"));
        Assert.Equal(ids[0], Assert.Single((await List()).GetProperty("events").EnumerateArray()).GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task A_retry_is_bounded_and_can_be_continued()
    {
        for (var i = 0; i < 5; i++)
            await Put($"e{i}", Lead($"e{i}"));
        var first = await (await Retry("""{"all":true,"limit":3}""")).Json();
        Assert.Equal(3, first.GetProperty("accepted").GetInt32());
        var next = first.GetProperty("next").GetInt64();
        var second = await (await Retry($$"""{"all":true,"limit":3,"after":{{next}}}""")).Json();
        Assert.Equal(2, second.GetProperty("accepted").GetInt32());
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal(5, await _crm.LogLength(_tenant));
    }

    [Fact]
    public async Task What_was_cut_cannot_be_retried_and_says_why()
    {
        var huge = Lead("huge", data: $$"""{"note":"{{new string('x', 2_000_000)}}"}""");
        await _crm.Admin.PostEvents(_tenant, huge);
        var result = await (await Retry("""{"all":true}""")).Json();
        Assert.Equal("too_large", Assert.Single(result.GetProperty("kept").EnumerateArray()).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("{}", "missing_field")]
    [InlineData("""{"ids":[]}""", "wrong_type")]
    [InlineData("""{"ids":["a"]}""", "wrong_type")]
    [InlineData("""{"ids":3}""", "wrong_type")]
    [InlineData("""{"all":true,"limit":0}""", "out_of_range")]
    [InlineData("""{"all":true,"what":1}""", "unknown_property")]
    [InlineData("[", "malformed_json")]
    public async Task A_bad_request_is_told_so(string body, string code) =>
        await (await Retry(body)).Problem(400, code);

    private Task<HttpResponseMessage> Retry(string body) =>
        _crm.Admin.PostText($"/v1/tenants/{_tenant}/quarantine/retry", body);

    private async Task<JsonElement> List() =>
        await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/quarantine")).Json();

    private Task Put(string id, string body) => _crm.Ingestion.Services.GetRequiredService<Quarantine>().Add(_tenant,
    [
        new QuarantinedEvent(
            0, DateTimeOffset.UtcNow, id, "test", "lead.created", "old_rule", "Refused by an older version.", null,
            System.Text.Encoding.UTF8.GetBytes(body), 1),
    ]);
}
