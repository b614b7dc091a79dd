using System.Net;
using System.Text.Json;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;

namespace CrmKpi.Services.Tests.Access;

/// <summary>When keys were used last.</summary>
public sealed class LastUseTests
{
    [Fact]
    public async Task It_shows_after_a_while_and_at_the_latest_when_the_service_stops()
    {
        await using var crm = await Installation.Start(ingestion: new() { ["Security:LastUsedSeconds"] = "1" });
        var (text, id) = await crm.Key(["query"]);
        Assert.Equal(JsonValueKind.Null, (await Shown(crm, id)).GetProperty("lastUsedAt").ValueKind);
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        using var client = crm.Client(text);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/tenants")).StatusCode);
        JsonElement used;
        while ((used = (await Shown(crm, id)).GetProperty("lastUsedAt")).ValueKind == JsonValueKind.Null)
            await Task.Delay(100);
        Assert.InRange(used.GetDateTimeOffset(), before.AddMilliseconds(-1), DateTimeOffset.UtcNow);

        var (another, anotherId) = await crm.Key(["query"]);
        using var second = crm.Client(another);
        Assert.Equal(HttpStatusCode.OK, (await second.GetAsync("/v1/tenants")).StatusCode);
        await crm.Ingestion.StopAsync();
        Assert.NotNull((await new KeyStore(crm.Database.Database).Find(anotherId))!.LastUsedAt);
    }

    [Fact]
    public async Task A_wrong_secret_is_no_use_of_the_key()
    {
        await using var crm = await Installation.Start(ingestion: new() { ["Security:LastUsedSeconds"] = "1" });
        var (text, id) = await crm.Key(["query"]);
        using var client = crm.Client(text[..^1] + (text[^1] == '0' ? '1' : '0'));
        await (await client.GetAsync("/v1/tenants")).Problem(401, "unauthorized");
        await crm.Ingestion.StopAsync();
        Assert.Null((await new KeyStore(crm.Database.Database).Find(id))!.LastUsedAt);
    }

    [Fact]
    public async Task An_earlier_time_never_replaces_a_later_one_and_a_locked_row_is_left_out()
    {
        await using var db = await TestDatabase.Create();
        var (keys, use) = (new KeyStore(db.Database), new KeyUse(db.Database));
        var (one, _) = await keys.Create("one", "default", Scopes.Query, null, null);
        var (two, _) = await keys.Create("two", "default", Scopes.Query, null, null);
        var later = new DateTimeOffset(2025, 3, 4, 12, 0, 0, TimeSpan.Zero);
        await use.Mark([new(one.Id, later), new(two.Id, later), new("nobody", later)]);
        await using (var connection = await db.DataSource.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var hold = connection.CreateCommand();
            hold.CommandText = $"UPDATE control.api_keys SET name = 'held' WHERE id = '{two.Id}'";
            await hold.ExecuteNonQueryAsync();
            await use.Mark([new(one.Id, later.AddHours(-1)), new(two.Id, later.AddHours(1))]);
            await transaction.CommitAsync();
        }
        Assert.Equal(later, (await keys.Find(one.Id))!.LastUsedAt);
        Assert.Equal(later, (await keys.Find(two.Id))!.LastUsedAt);
    }

    private static async Task<JsonElement> Shown(Installation crm, string id) =>
        (await (await crm.Admin.GetAsync("/v1/keys")).Json()).GetProperty("keys").EnumerateArray()
            .Single(k => k.GetProperty("id").GetString() == id);
}
