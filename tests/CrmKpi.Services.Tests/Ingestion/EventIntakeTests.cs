using static CrmKpi.Services.Tests.HttpExtensions;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>What good requests answer, through the gateway.</summary>
public sealed class EventIntakeTests : IAsyncLifetime
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
    public async Task One_event_is_accepted_and_then_a_duplicate()
    {
        var first = await (await _crm.Admin.PostEvents(_tenant, Lead("1"), One)).Tally(accepted: 1);
        var again = await (await _crm.Admin.PostEvents(_tenant, Lead("1"), One)).Tally(0, duplicates: 1);
        Assert.Equal(first.GetProperty("sequence").GetInt64(), again.GetProperty("sequence").GetInt64());
        Assert.Equal(1, await _crm.LogLength(_tenant));
    }

    [Fact]
    public async Task A_batch_is_appended_in_order()
    {
        var body = $"[ {Lead("b1")} ,\n{Lead("b2")}, {Lead("b1")}]";
        await (await _crm.Admin.PostEvents(_tenant, body, Batch)).Tally(accepted: 2, duplicates: 1);
        var log = await (await _crm.Admin.GetAsync($"/v1/tenants/{_tenant}/events?after=1")).Json();
        Assert.Equal(["b1", "b2"], log.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task An_empty_batch_is_no_error() =>
        await (await _crm.Admin.PostEvents(_tenant, " [ ] ", Batch)).Tally(0);

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Lines_may_end_in_either_way_and_the_last_one_not_at_all(string end)
    {
        var body = "\uFEFF" + Lead("x1") + end + end + " \t" + end + Lead("x2") + end + Lead("x3");
        await (await _crm.Admin.PostEvents(_tenant, body)).Tally(accepted: 3);
    }

    [Fact]
    public async Task The_index_of_a_rejected_line_counts_blank_lines_too()
    {
        var tally = await (await _crm.Admin.PostEvents(_tenant, $"{Lead("1")}\n\n{{}}\n{Lead("2")}\n"))
            .Tally(accepted: 2, rejected: 1);
        Assert.Equal(2, tally.GetProperty("rejected")[0].GetProperty("index").GetInt64());
    }

    [Fact]
    public async Task One_malformed_element_rejects_only_itself()
    {
        var body = $$"""[{{Lead("1")}}, {"a": nonsense}, 7, {{Lead("2")}}]""";
        var tally = await (await _crm.Admin.PostEvents(_tenant, body, Batch)).Tally(accepted: 2, rejected: 2);
        Assert.Equal([1, 2], tally.GetProperty("rejected").EnumerateArray().Select(r => r.GetProperty("index").GetInt32()));
        Assert.All(tally.GetProperty("rejected").EnumerateArray(), r =>
            Assert.Equal("malformed_json", r.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("[{},", 4)]
    [InlineData("[,]", 1)]
    [InlineData("[{}] x", 5)]
    [InlineData("[}]", 1)]
    [InlineData("[\"]", 3)]
    [InlineData("[{}", 3)]
    public async Task A_malformed_array_rejects_the_request(string body, int position)
    {
        var problem = await (await _crm.Admin.PostEvents(_tenant, body, Batch)).Problem(400, "malformed_batch");
        Assert.Equal(position, problem.GetProperty("position").GetInt32());
    }

    [Theory]
    [InlineData("", One)]
    [InlineData("  \n ", One)]
    [InlineData("", Batch)]
    [InlineData("", Lines)]
    [InlineData("\n\n\r\n", Lines)]
    public async Task An_empty_body_is_a_problem(string body, string mediaType) =>
        await (await _crm.Admin.PostEvents(_tenant, body, mediaType)).Problem(400, "empty_body");

    [Fact]
    public async Task The_trace_of_the_request_is_kept_unless_the_event_brings_its_own()
    {
        const string Own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var own = Lead("own").Replace("\"specversion\"", $"\"traceparent\":\"{Own}\",\"specversion\"", StringComparison.Ordinal);
        await (await _crm.Admin.PostEvents(_tenant, own + "\n" + Lead("none"))).Tally(accepted: 2);
        var kept = await _crm.Database.Scalar<string>(
            "SELECT trace_parent FROM events.mt_events WHERE stream_id = 'lead/own' AND tenant_id = $1", _tenant);
        Assert.Equal(Own, kept);
        var traced = await _crm.Database.Scalar<long>(
            "SELECT count(*) FROM events.mt_events WHERE stream_id = 'lead/none' AND trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' AND tenant_id = $1",
            _tenant);
        Assert.Equal(1, traced);
    }

    [Fact]
    public async Task Many_callers_at_once_share_transactions_and_lose_nothing()
    {
        const int Callers = 64, Each = 20;
        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var i = 0; i < Each; i++)
                await (await _crm.Admin.PostEvents(_tenant, Lead($"c{caller}-{i}"), One)).Tally(accepted: 1);
            return caller;
        }));
        Assert.Equal(Callers * Each, answers.Length * Each);
        Assert.Equal(Callers * Each, await _crm.LogLength(_tenant));
        var gaps = await _crm.Database.Scalar<long>(
            "SELECT max(seq_id) - count(*) FROM events.mt_events WHERE tenant_id = $1", _tenant);
        Assert.Equal(0, gaps);
    }
}
