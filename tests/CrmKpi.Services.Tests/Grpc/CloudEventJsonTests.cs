using System.Text;
using CloudNative.CloudEvents.V1;
using CrmKpi.Ingestion.Grpc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using static CrmKpi.Services.Tests.Grpc.Events;
using Attribute = CloudNative.CloudEvents.V1.CloudEvent.Types.CloudEventAttributeValue;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>A CloudEvent in protobuf becomes the same one in JSON, whatever it holds.</summary>
public sealed class CloudEventJsonTests
{
    private static readonly DateTimeOffset Now = new(2025, 5, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Attributes_of_all_kinds_are_written()
    {
        var text = Text(Lead("a", e =>
        {
            e.Attributes["yes"] = new Attribute { CeBoolean = true };
            e.Attributes["number"] = new Attribute { CeInteger = -7 };
            e.Attributes["bytes"] = new Attribute { CeBytes = ByteString.CopyFrom(1, 2, 3) };
            e.Attributes["uri"] = new Attribute { CeUri = "https://a/b" };
            e.Attributes["ref"] = new Attribute { CeUriRef = "/b" };
            e.Attributes["nothing"] = new Attribute();
            e.Attributes["quote\""] = new Attribute { CeString = "й\"\\" };
        }));
        Assert.Equal(
            """{"specversion":"1.0","id":"a","source":"test","type":"lead.created","subject":"lead/a","time":"2025-03-01T06:30:00Z","""
            + "\"yes\":true,\"number\":-7,\"bytes\":\"AQID\",\"uri\":\"https://a/b\",\"ref\":\"/b\",\"nothing\":null,\"quote\\\"\":\"й\\\"\\\\\","
            + """ "data":{"source":"ads"}}""".TrimStart(),
            text);
    }

    [Fact]
    public void A_time_keeps_its_fraction()
    {
        var text = Text(Lead("a", e => e.Attributes["time"].CeTimestamp = new Timestamp { Seconds = 1, Nanos = 123_456_700 }));
        Assert.Contains("\"time\":\"1970-01-01T00:00:01.1234567Z\"", text);
    }

    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(0, -1)]
    [InlineData(0, int.MaxValue)]
    public void What_is_no_time_is_refused(long seconds, int nanos) =>
        Refused(Lead("a", e => e.Attributes["time"].CeTimestamp = new Timestamp { Seconds = seconds, Nanos = nanos }), "bad_time", "/time");

    [Theory]
    [InlineData("{},\"id\":\"other\"")]
    [InlineData("{} {}")]
    [InlineData("{}}")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{'a':1}")]
    [InlineData("// no\n{}")]
    public void Data_that_is_not_one_json_value_is_refused_and_cannot_change_the_event(string data)
    {
        Assert.Equal("a", Refused(Lead("a", data), "malformed_json", "/data").EventId);
        Refused(Lead("a", e => e.BinaryData = ByteString.CopyFromUtf8(data)), "malformed_json", "/data");
    }

    [Fact]
    public void Data_that_is_no_text_is_refused_and_kept()
    {
        var kept = Refused(Lead("a", e => e.BinaryData = ByteString.CopyFrom(0xff, 0xfe)), "malformed_json", "/data");
        Assert.Contains("\"data_base64\":\"//4=\"", Encoding.UTF8.GetString(kept.Body.Span));
        Refused(Lead("a", e => e.BinaryData = ByteString.CopyFrom([.. "{\"a\":\""u8, 0xff, .. "\"}"u8])), "invalid_text", null);
    }

    [Fact]
    public void Data_in_protobuf_is_refused()
    {
        var kept = Refused(Lead("a", e => e.ProtoData = Any.Pack(new StringValue { Value = "x" })), "unsupported_data", "/data");
        Assert.Contains("proto_data", kept.Detail);
    }

    [Theory]
    [InlineData("data", "duplicate_key", "/data")]
    [InlineData("id", "duplicate_key", "/id")]
    [InlineData("data_base64", "unsupported_data", "/data_base64")]
    public void An_attribute_cannot_stand_in_for_a_field(string name, string code, string pointer) =>
        Refused(Lead("a", e => e.Attributes[name] = new Attribute { CeString = "b" }), code, pointer);

    [Fact]
    public void Deep_data_is_refused_as_too_deep() =>
        Refused(Lead("a", $"{{\"x\":{new string('[', 200)}{new string(']', 200)}}}"), "too_deep", null);

    [Fact]
    public void An_empty_event_lacks_everything()
    {
        var kept = Refused(new CloudEvent(), "missing_field", "/id");
        Assert.Equal("{}", Encoding.UTF8.GetString(kept.Body.Span));
    }

    private static string Text(CloudEvent e)
    {
        var chunk = CloudEventJson.Chunk([e], 16);
        return Encoding.UTF8.GetString(chunk.Buffer.Memory.Span);
    }

    // With a good event on either side: they must come through.
    private static EventLog.QuarantinedEvent Refused(CloudEvent e, string code, string? pointer)
    {
        var chunk = CloudEventJson.Chunk([Lead("before"), e, Lead("after")], 16);
        chunk.Parse(Now, null);
        Assert.Equal(["before", "after"], chunk.Events.Select(n => n.SourceId));
        var refused = chunk.Refused.Single();
        Assert.Equal(code, refused.Code);
        if (pointer is not null)
            Assert.Equal(pointer, refused.Pointer);
        Assert.Equal(1, chunk.Rejected.Single().Index);
        return refused;
    }
}
