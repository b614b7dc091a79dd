using static CrmKpi.Services.Tests.HttpExtensions;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Appending only at an expected version of one stream.</summary>
public sealed class ExpectedVersionTests : IAsyncLifetime
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
    public async Task The_right_version_appends_and_the_wrong_one_conflicts()
    {
        await (await Post("1", 0)).Tally(accepted: 1);
        var problem = await (await Post("2", 0)).Problem(409, "version_conflict");
        Assert.Equal("lead/s", problem.GetProperty("stream").GetString());
        Assert.Equal(1, problem.GetProperty("actualVersion").GetInt64());
        await (await Post("2", 1)).Tally(accepted: 1);
        Assert.Equal(2, await _crm.LogLength(_tenant));
    }

    [Fact]
    public async Task The_same_request_again_is_a_duplicate_and_no_conflict()
    {
        await (await Post("1", 0)).Tally(accepted: 1);
        await (await Post("1", 0)).Tally(0, duplicates: 1);
    }

    [Fact]
    public async Task Of_two_at_once_one_wins()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Post($"race{i}", 0)));
        Assert.Equal(1, answers.Count(a => (int)a.StatusCode == 200));
        Assert.Equal(7, answers.Count(a => (int)a.StatusCode == 409));
        Assert.Equal(1, await _crm.LogLength(_tenant));
    }

    [Fact]
    public async Task A_batch_with_a_bad_event_appends_nothing()
    {
        var body = $"[{Lead("1", "lead/s")}, {{}}]";
        using var answer = await _crm.Admin.PostEvents(_tenant, body, Batch, "?expectedVersion=0");
        await answer.Tally(0, rejected: 1, status: 422);
        Assert.Equal(0, await _crm.LogLength(_tenant));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    public async Task A_wrong_number_is_a_problem(string version)
    {
        using var answer = await _crm.Admin.PostEvents(_tenant, Lead("1"), One, $"?expectedVersion={version}");
        var problem = await answer.Problem(400, "bad_parameter");
        Assert.Equal("expectedVersion", problem.GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task It_is_of_one_stream_and_not_for_lines()
    {
        var two = $"[{Lead("1", "lead/a")},{Lead("2", "lead/b")}]";
        await (await _crm.Admin.PostEvents(_tenant, two, Batch, "?expectedVersion=0")).Problem(400, "bad_parameter");
        await (await _crm.Admin.PostEvents(_tenant, Lead("1"), Lines, "?expectedVersion=0")).Problem(400, "bad_parameter");
        Assert.Equal(0, await _crm.LogLength(_tenant));
    }

    private Task<HttpResponseMessage> Post(string id, long version) =>
        _crm.Admin.PostEvents(_tenant, Lead(id, "lead/s"), One, $"?expectedVersion={version}");
}
