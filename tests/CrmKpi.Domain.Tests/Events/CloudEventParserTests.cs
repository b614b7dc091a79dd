using System.Text;
using System.Text.Json.Nodes;
using CrmKpi.Domain.Events;
using static CrmKpi.Domain.Events.EventProblem;

namespace CrmKpi.Domain.Tests.Events;

public sealed class CloudEventParserTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private const string Won = """
        {"specversion":"1.0","id":"e-1","source":"bitrix24/m1","type":"deal.won","subject":"deal/7",
         "time":"2026-02-28T09:30:00.123456789+03:00","datacontenttype":"application/json",
         "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","correlationid":"c","comexampleext":{"a":[1]},
         "data":{"amount":{"amount":"1054.00","currency":"RUB"},"stage":"WON","own":{"x":[1,2.5]}}}
        """;

    [Fact]
    public void A_complete_event_is_read_with_its_attributes_and_the_bytes_of_its_data()
    {
        var parsed = Parse(Won);

        Assert.Empty(parsed.Problems);
        var e = parsed.Event!;
        Assert.Equal(("e-1", "bitrix24/m1", "deal.won", "deal/7"), (e.Id, e.Source, e.Type, e.Subject));
        Assert.Equal(new DateTimeOffset(2026, 2, 28, 6, 30, 0, TimeSpan.Zero).AddMicroseconds(123456), e.Time);
        Assert.Equal("""{"amount":{"amount":"1054.00","currency":"RUB"},"stage":"WON","own":{"x":[1,2.5]}}""",
            Encoding.UTF8.GetString(e.Data.Span));
        Assert.Equal("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", e.TraceParent);
        Assert.Equal("c", e.CorrelationId);
    }

    [Theory]
    [InlineData("id", Codes.MissingField)]
    [InlineData("source", Codes.MissingField)]
    [InlineData("type", Codes.MissingField)]
    [InlineData("subject", Codes.MissingField)]
    [InlineData("time", Codes.MissingField)]
    [InlineData("specversion", Codes.MissingField)]
    [InlineData("data", Codes.MissingField)]
    public void Each_required_attribute_is_missed_by_name(string attribute, string code)
    {
        var problem = Assert.Single(Parse(With(e => e.Remove(attribute))).Problems);

        Assert.Equal((code, "/" + attribute), (problem.Code, problem.Pointer));
        Assert.Contains($"'{attribute}'", problem.Detail);
    }

    [Theory]
    [InlineData("specversion", "\"0.3\"", Codes.BadSpecVersion)]
    [InlineData("specversion", "1.0", Codes.WrongType)]
    [InlineData("id", "\"\"", Codes.MissingField)]
    [InlineData("id", "17", Codes.WrongType)]
    [InlineData("id", "null", Codes.MissingField)]
    [InlineData("id", "\"a\\nb\"", Codes.InvalidText)]
    [InlineData("source", "\"\"", Codes.MissingField)]
    [InlineData("source", "[\"a\"]", Codes.WrongType)]
    [InlineData("type", "\"deal.wonn\"", Codes.UnknownType)]
    [InlineData("type", "\"DEAL.WON\"", Codes.UnknownType)]
    [InlineData("type", "\"nothing\"", Codes.UnknownType)]
    [InlineData("type", "\"\"", Codes.UnknownType)]
    [InlineData("type", "\"сделка\"", Codes.UnknownType)]
    [InlineData("subject", "\"deal\"", Codes.BadSubject)]
    [InlineData("subject", "\"deal/\"", Codes.BadSubject)]
    [InlineData("subject", "\"lead/7\"", Codes.BadSubject)]
    [InlineData("subject", "\"tenant\"", Codes.BadSubject)]
    [InlineData("subject", "\"deal/a\\u0007b\"", Codes.BadSubject)]
    [InlineData("time", "\"2026-02-28T09:30:00\"", Codes.BadTime)]
    [InlineData("time", "\"2026-02-30T09:30:00Z\"", Codes.BadTime)]
    [InlineData("time", "\"28.02.2026 09:30\"", Codes.BadTime)]
    [InlineData("time", "\"2026-02-28T24:00:00Z\"", Codes.BadTime)]
    [InlineData("time", "\"2026-02-28T09:30:00+15:00\"", Codes.BadTime)]
    [InlineData("time", "\"2026-02-28T09:30:00.Z\"", Codes.BadTime)]
    [InlineData("time", "\"\"", Codes.BadTime)]
    [InlineData("time", "1772271000", Codes.WrongType)]
    [InlineData("time", "\"1969-12-31T23:59:59Z\"", Codes.OutOfRange)]
    [InlineData("time", "\"2026-03-02T12:00:01Z\"", Codes.OutOfRange)]
    [InlineData("datacontenttype", "\"application/xml\"", Codes.BadContentType)]
    [InlineData("data_base64", "\"e30=\"", Codes.UnsupportedData)]
    [InlineData("traceparent", "5", Codes.WrongType)]
    public void A_wrong_attribute_is_refused_with_its_code_and_pointer(string attribute, string json, string code)
    {
        var problem = Assert.Single(Parse(With(e => e[attribute] = JsonNode.Parse(json))).Problems);

        Assert.Equal((code, "/" + attribute), (problem.Code, problem.Pointer));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("\"text\"")]
    public void Data_must_be_an_object(string data)
    {
        var problem = Assert.Single(Parse(With(e => e["data"] = JsonNode.Parse(data))).Problems);

        Assert.Equal((Codes.WrongType, "/data"), (problem.Code, problem.Pointer));
    }

    [Theory]
    [InlineData("time", "2026-03-02T12:00:00Z")]
    [InlineData("time", "1970-01-01T00:00:00Z")]
    [InlineData("time", "2026-02-28t09:30:00z")]
    [InlineData("datacontenttype", "Application/JSON; charset=utf-8")]
    [InlineData("id", "идентификатор-😀")]
    public void What_the_standard_allows_is_taken(string attribute, string value)
    {
        Assert.Empty(Parse(With(e => e[attribute] = value)).Problems);
    }

    [Fact]
    public void An_escaped_plus_in_the_offset_is_read()
    {
        var parsed = Parse(Won.Replace("789+03:00", "789\\u002B03:00"));

        Assert.Equal(6, parsed.Event!.Time.Hour);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("[{}]")]
    [InlineData("null")]
    [InlineData("{\"id\":\"a\"")]
    [InlineData("{\"id\":'a'}")]
    [InlineData("{\"id\":\"a\",}")]
    [InlineData("{\"id\":01}")]
    [InlineData("not json")]
    public void What_is_no_json_object_is_malformed(string text)
    {
        var parsed = Parse(text);

        Assert.Equal(Codes.MalformedJson, Assert.Single(parsed.Problems).Code);
        Assert.Null(parsed.Event);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("time")]
    [InlineData("data")]
    public void An_attribute_that_stands_twice_is_refused(string attribute)
    {
        var twice = Won.Insert(1, $"\"{attribute}\":{JsonNode.Parse(Won)![attribute]!.ToJsonString()},");

        var problem = Assert.Single(Parse(twice).Problems);
        Assert.Equal((Codes.DuplicateKey, "/" + attribute), (problem.Code, problem.Pointer));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        var bytes = Encoding.UTF8.GetBytes(Won);
        bytes[Won.IndexOf("WON", StringComparison.Ordinal)] = 0xFF;

        Assert.Equal(Codes.InvalidText, Assert.Single(CloudEventParser.Parse(bytes, Now).Problems).Code);
    }

    [Theory]
    [InlineData("\\u0000", Codes.NullCharacter)]
    [InlineData("a\\\\\\u0000", Codes.NullCharacter)]
    [InlineData("\\ud800", Codes.InvalidText)]
    [InlineData("\\udc00x", Codes.InvalidText)]
    [InlineData("\\ud83d\\ud83d", Codes.InvalidText)]
    [InlineData("\\uD83Dx\\uDE00", Codes.InvalidText)]
    public void A_text_that_the_log_cannot_hold_is_refused_wherever_it_stands(string text, string code)
    {
        var problem = Assert.Single(Parse(Won.Replace("\"x\":[1,2.5]", $"\"x\":[1,\"{text}\"]")).Problems);

        Assert.Equal((code, "/data/own/x/1"), (problem.Code, problem.Pointer));
    }

    [Theory]
    [InlineData("\\ud83d\\ude00")]
    [InlineData("\\\\u0000")]
    [InlineData("\\\\\\\\ud800")]
    public void Pairs_and_escaped_backslashes_are_taken(string text)
    {
        Assert.Empty(Parse(Won.Replace("\"x\":[1,2.5]", $"\"x\":[1,\"{text}\"]")).Problems);
    }

    [Fact]
    public void Sizes_are_limited()
    {
        Assert.Equal(Codes.TooLarge, Assert.Single(Parse(With(e => e["id"] = new string('x', 201))).Problems).Code);
        Assert.Equal(Codes.TooLarge, Assert.Single(Parse(With(e => e["source"] = new string('x', 201))).Problems).Code);
        Assert.Equal(Codes.TooLarge,
            Assert.Single(Parse(With(e => e["subject"] = "deal/" + new string('x', 196))).Problems).Code);
        Assert.Empty(Parse(With(e => e["subject"] = "deal/" + new string('x', 195))).Problems);
        Assert.Empty(Parse(With(e => e["id"] = new string('я', 200))).Problems);
        var large = With(e => e["data"]!["text"] = new string('x', CloudEventParser.EventBytesMax));
        Assert.Equal(Codes.TooLarge, Assert.Single(Parse(large).Problems).Code);
    }

    [Fact]
    public void Nesting_is_limited()
    {
        string Nested(int depth) => Won.Replace("[1,2.5]", new string('[', depth) + new string(']', depth));

        Assert.Empty(Parse(Nested(EventValidator.DepthMax - 3)).Problems);
        Assert.Equal(Codes.TooDeep, Assert.Single(Parse(Nested(EventValidator.DepthMax)).Problems).Code);
        Assert.Equal(Codes.TooDeep, Assert.Single(Parse(Nested(100_000)).Problems).Code);
    }

    [Fact]
    public void What_could_be_read_of_a_refused_event_is_told_for_the_quarantine()
    {
        var parsed = Parse(With(e => e["time"] = "yesterday"));

        Assert.Equal(("e-1", "bitrix24/m1", "deal.won"), (parsed.Id, parsed.Source, parsed.Type));
    }

    [Fact]
    public void Attributes_may_come_in_any_order()
    {
        var reversed = new JsonObject(JsonNode.Parse(Won)!.AsObject().Reverse()
            .Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));

        Assert.Empty(Parse(reversed.ToJsonString()).Problems);
    }

    [Fact]
    public void Mutated_and_random_bytes_never_throw()
    {
        var random = new Random(20260301);
        var original = Encoding.UTF8.GetBytes(Won);
        var refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)"{}[]\":,\\u0e-9 \0\xff"[random.Next(16)];
            if (round % 3 == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            if (round % 7 == 0)
                random.NextBytes(bytes);

            var parsed = CloudEventParser.Parse(bytes, Now);

            Assert.Equal(parsed.Event is null, parsed.Problems.Count > 0);
            Assert.All(parsed.Problems, p => Assert.NotEmpty(p.Detail));
            refused += parsed.Event is null ? 1 : 0;
        }
        Assert.InRange(refused, 15_000, 20_000);
    }

    private static ParsedEvent Parse(string json) => CloudEventParser.Parse(Encoding.UTF8.GetBytes(json), Now);

    private static string With(Action<JsonObject> change)
    {
        var e = JsonNode.Parse(Won)!.AsObject();
        change(e);
        return e.ToJsonString();
    }
}
