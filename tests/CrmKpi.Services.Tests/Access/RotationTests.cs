using System.Net;
using System.Text.Json;

namespace CrmKpi.Services.Tests.Access;

/// <summary>A key gets a successor and goes on beside it for a while.</summary>
public sealed class RotationTests : IAsyncLifetime
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
    public async Task Both_keys_work_during_the_overlap()
    {
        var (oldText, oldId) = await _crm.Key(["query"], [_tenant]);
        var before = DateTimeOffset.UtcNow;
        using var answer = await Rotate(oldId, """{"overlapHours":24}""");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var made = await answer.Json();
        Assert.Equal(oldId, made.GetProperty("replaces").GetString());
        Assert.Equal(["query"], made.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal([_tenant], made.GetProperty("tenants").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(JsonValueKind.Null, made.GetProperty("expiresAt").ValueKind);

        var newText = made.GetProperty("key").GetString()!;
        Assert.NotEqual(oldText, newText);
        foreach (var text in new[] { oldText, newText })
        {
            using var client = _crm.Client(text);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/v1/tenants/{_tenant}")).StatusCode);
        }
        var old = await Shown(oldId);
        Assert.Equal(made.GetProperty("id").GetString(), old.GetProperty("replacedBy").GetString());
        var end = old.GetProperty("expiresAt").GetDateTimeOffset();
        Assert.InRange(end, before.AddHours(23.9), DateTimeOffset.UtcNow.AddHours(24.1));
        Assert.Equal(["expires_soon"], old.GetProperty("warnings").EnumerateArray().Select(s => s.GetString()));
    }

    [Fact]
    public async Task Without_overlap_the_old_key_ends_at_once()
    {
        var (text, id) = await _crm.Key(["query"]);
        Assert.Equal(HttpStatusCode.Created, (await Rotate(id, """{"overlapHours":0}""")).StatusCode);
        // Never used before, so no service remembers it.
        using var client = _crm.Client(text);
        await (await client.GetAsync($"/v1/tenants/{_tenant}")).Problem(401, "unauthorized");
        Assert.NotEqual(JsonValueKind.Null, (await Shown(id)).GetProperty("revokedAt").ValueKind);
    }

    [Fact]
    public async Task The_overlap_never_prolongs_a_key_and_its_successor_lives_as_long_as_it_was_meant_to()
    {
        var expiry = DateTimeOffset.UtcNow.AddHours(2);
        var (_, id) = await _crm.Key(["query"], expiresAt: expiry);
        var made = await (await Rotate(id, """{"overlapHours":720}""")).Json();
        Assert.InRange((await Shown(id)).GetProperty("expiresAt").GetDateTimeOffset(), expiry.AddSeconds(-1), expiry.AddSeconds(1));
        Assert.InRange(
            made.GetProperty("expiresAt").GetDateTimeOffset(), expiry.AddMinutes(-1), expiry.AddMinutes(1));
    }

    [Fact]
    public async Task A_request_without_a_body_takes_a_day()
    {
        var (_, id) = await _crm.Key(["query"]);
        using var answer = await _crm.Admin.PostAsync($"/v1/keys/{id}/rotate", null);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var left = (await Shown(id)).GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow;
        Assert.InRange(left.TotalHours, 23.9, 24.1);
    }

    [Fact]
    public async Task Of_two_rotations_at_once_one_makes_a_key()
    {
        var (_, id) = await _crm.Key(["query"]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Rotate(id, "{}")));
        var made = await Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created).Json();
        foreach (var refused in answers.Where(a => a.StatusCode != HttpStatusCode.Created))
            Assert.Equal(made.GetProperty("id").GetString(),
                (await refused.Problem(409, "key_replaced")).GetProperty("replacedBy").GetString());
    }

    [Fact]
    public async Task A_successor_whose_text_was_lost_is_revoked_and_made_again()
    {
        var (_, id) = await _crm.Key(["query"]);
        var lost = (await (await Rotate(id, "{}")).Json()).GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{lost}")).StatusCode);
        var made = await (await Rotate(id, "{}")).Json();
        Assert.Equal(id, made.GetProperty("replaces").GetString());
        Assert.Equal(made.GetProperty("id").GetString(), (await Shown(id)).GetProperty("replacedBy").GetString());
        Assert.Equal(id, (await Shown(lost!)).GetProperty("replaces").GetString());
    }

    [Fact]
    public async Task A_key_that_has_ended_has_no_successor()
    {
        var (_, id) = await _crm.Key(["query"]);
        await _crm.Admin.DeleteAsync($"/v1/keys/{id}");
        await (await Rotate(id, "{}")).Problem(409, "key_ended");
    }

    [Theory]
    [InlineData("""{"overlapHours":-1}""", 400, "out_of_range")]
    [InlineData("""{"overlapHours":720.5}""", 400, "out_of_range")]
    [InlineData("""{"overlapHours":1e999}""", 400, "out_of_range")]
    [InlineData("""{"overlapHours":"24"}""", 400, "wrong_type")]
    [InlineData("""{"overlapHours":null}""", 400, "wrong_type")]
    [InlineData("""{"hours":1}""", 400, "unknown_property")]
    [InlineData("""[]""", 400, "wrong_type")]
    [InlineData("""{""", 400, "malformed_json")]
    public async Task A_bad_request_changes_nothing(string body, int status, string code)
    {
        var (_, id) = await _crm.Key(["query"]);
        await (await Rotate(id, body)).Problem(status, code);
        Assert.Equal(JsonValueKind.Null, (await Shown(id)).GetProperty("replacedBy").ValueKind);
    }

    [Fact]
    public async Task An_unknown_key_and_a_missing_scope_are_refused()
    {
        await (await Rotate("0000000000000000", "{}")).Problem(404, "key_not_found");
        await (await _crm.Admin.PostAsync("/v1/keys/x/rotate", new StringContent("{}"))).Problem(415, "unsupported_media_type");
        var (text, id) = await _crm.Key(["query"]);
        using var client = _crm.Client(text);
        await (await client.PostText($"/v1/keys/{id}/rotate", "{}")).Problem(403, "missing_scope");
    }

    private Task<HttpResponseMessage> Rotate(string id, string body) => _crm.Admin.PostText($"/v1/keys/{id}/rotate", body);

    private async Task<JsonElement> Shown(string id)
    {
        var all = await (await _crm.Admin.GetAsync("/v1/keys?limit=1000")).Json();
        return all.GetProperty("keys").EnumerateArray().Single(k => k.GetProperty("id").GetString() == id);
    }
}
