using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmKpi.Services.Tests.OpenApi;

/// <summary>The checker finds what is wrong: else the description would be proved by nothing.</summary>
public sealed class JsonSchemaTests
{
    private static readonly JsonObject Document = (JsonObject)JsonNode.Parse("""
        { "components": { "schemas": {
            "Head": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer", "minimum": 1, "maximum": 9 } } },
            "Open": { "type": "object", "additionalProperties": true } } } }
        """)!;

    [Theory]
    [InlineData("""{"type":"string"}""", "\"a\"")]
    [InlineData("""{"type":["string","null"]}""", "null")]
    [InlineData("""{"type":"integer"}""", "3.0")]
    [InlineData("""{"type":"number"}""", "3.5")]
    [InlineData("""{"enum":["a",null]}""", "null")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2025-01-31\"")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2025-01-31T10:00:00Z\"")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"maxItems":2}""", "[1,2]")]
    [InlineData("""{"$ref":"#/components/schemas/Head"}""", """{"id":9}""")]
    [InlineData("""{"$ref":"#/components/schemas/Open"}""", """{"any":[]}""")]
    [InlineData("""{"allOf":[{"$ref":"#/components/schemas/Head"},{"type":"object","properties":{"b":{}}}]}""", """{"id":1,"b":2}""")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"integer"}]}""", "1")]
    public void What_is_right_passes(string schema, string value) =>
        Assert.Empty(new JsonSchema(Document).Faults(JsonNode.Parse(schema), JsonDocument.Parse(value).RootElement));

    [Theory]
    [InlineData("""{"type":"string"}""", "1")]
    [InlineData("""{"type":"integer"}""", "3.5")]
    [InlineData("""{"type":"boolean"}""", "\"true\"")]
    [InlineData("""{"enum":["a","b"]}""", "\"c\"")]
    [InlineData("""{"const":true}""", "false")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2025-02-31\"")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2025-01-31\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"1\"")]
    [InlineData("""{"type":"string","pattern":"^a+$"}""", "\"ab\"")]
    [InlineData("""{"type":"string","maxLength":2}""", "\"abc\"")]
    [InlineData("""{"type":"array","minItems":1}""", "[]")]
    [InlineData("""{"type":"array","items":{"type":"integer"}}""", "[1,\"2\"]")]
    [InlineData("""{"$ref":"#/components/schemas/Head"}""", """{}""")]
    [InlineData("""{"$ref":"#/components/schemas/Head"}""", """{"id":10}""")]
    [InlineData("""{"$ref":"#/components/schemas/Head"}""", """{"id":1,"more":1}""")]
    [InlineData("""{"allOf":[{"$ref":"#/components/schemas/Head"},{"type":"object","properties":{"b":{}}}]}""", """{"id":1,"c":2}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""", """{"a":1}""")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"integer"}]}""", "true")]
    [InlineData("""{"oneOf":[{"type":"number"},{"type":"integer"}]}""", "1")]
    public void What_is_wrong_does_not(string schema, string value) =>
        Assert.NotEmpty(new JsonSchema(Document).Faults(JsonNode.Parse(schema), JsonDocument.Parse(value).RootElement));

    [Theory]
    [InlineData("""{"type":"text"}""")]
    [InlineData("""{"uniqueItems":true}""")]
    [InlineData("""{"$ref":"#/components/schemas/Nothing"}""")]
    [InlineData("""{"type":"string","format":"ipv4"}""")]
    public void What_it_does_not_know_it_does_not_pass_over(string schema) => Assert.Throws<InvalidDataException>(() =>
        new JsonSchema(Document).Faults(JsonNode.Parse(schema), JsonDocument.Parse("\"a\"").RootElement));
}
