namespace CrmKpi.EventLog.Tests.Append;

public sealed class RefusedEventTests
{
    public static TheoryData<string, NewEvent> Refused => new()
    {
        { "U+0000", Given.Event("x", data: """{"text":"a\u0000b"}""") },
        { "U+0000", Given.Event("x", data: """{"text":"a\\\u0000b"}""") },
        { "U+0000", Given.Event("x", stream: "deal/\0") },
        { "U+0000", Given.Event("a\0b") },
        { "surrogate", Given.Event("\ud800") },
        { "empty", Given.Event("") },
        { "empty", Given.Event("x", type: "") },
        { "500", Given.Event("x", type: new string('t', 501)) },
        { "500", Given.Event("x", stream: new string('s', 501)) },
        { "1000", Given.Event("x", source: new string('s', 1001)) },
        { "bytes", Given.Event("x", data: $"\"{new string('x', AppendLimits.DataBytesMax)}\"") },
        { "json", Given.Event("x", data: "") },
        { "json", Given.Event("x", data: "{'single': 1}") },
        { "range", Given.Event("x", data: """{"n": 1e200000}""") },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_event_that_cannot_be_stored_is_named_and_nothing_is_appended(string reason, NewEvent bad)
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var error = await Assert.ThrowsAsync<EventRefusedException>(
            () => log.Append("one", [Given.Event("good1"), Given.Event("good2"), bad, Given.Event("good3")]));
        Assert.Equal(2, error.Index);
        if (reason != "range")
            Assert.Contains(reason, error.Detail, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, await log.Head("one"));
        Assert.Equal(0, await db.Scalar<long>("SELECT count(*) FROM events.mt_streams"));
        // The request without it goes through.
        Assert.Equal(3, (await log.Append("one", [Given.Event("good1"), Given.Event("good2"), Given.Event("good3")])).Accepted);
    }

    [Theory]
    [InlineData("""{"path":"C:\\u0000 is no escape here"}""")]
    [InlineData("""{"text":"\\\\u0000"}""")]
    [InlineData("""{"text":"u0000"}""")]
    public async Task Texts_that_only_look_like_the_character_are_kept(string data)
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        Assert.Equal(1, (await log.Append("one", [Given.Event("x", data: data)])).Accepted);
    }

    [Fact]
    public async Task The_longest_ids_fit_into_the_indexes()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        // Four bytes a character, hard to compress.
        var random = new Random(1);
        var stream = string.Concat(Enumerable.Range(0, 250).Select(_ => char.ConvertFromUtf32(random.Next(0x1F300, 0x1FA00))));
        Assert.Equal(500, stream.Length);
        Assert.Equal(1, (await log.Append("one", [Given.Event("x", stream)])).Accepted);
        Assert.Single(await log.ReadStream("one", stream, 0, 10));
    }
}
