using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Gateway.OpenApi;
using CrmKpi.Gateway.Routing;

namespace CrmKpi.Services.Tests.OpenApi;

/// <summary>The description against the source: routes, problem codes, itself.</summary>
public sealed partial class DescriptionTests
{
    private static readonly ApiDescription Api = ApiDescription.Instance;

    [Fact]
    public async Task It_is_OpenAPI_3_1()
    {
        var (document, diagnostic) = await Microsoft.OpenApi.OpenApiDocument.LoadAsync(
            new MemoryStream(OpenApiDocument.Instance.Content.Content), "json");
        Assert.Empty(diagnostic!.Errors.Select(e => $"{e.Pointer}: {e.Message}"));
        Assert.Empty(diagnostic.Warnings.Select(e => $"{e.Pointer}: {e.Message}"));
        Assert.Equal(Api.Operations.Count, document!.Paths.Sum(p => p.Value.Operations!.Count));
    }

    [Fact]
    public void It_has_every_route_and_no_other()
    {
        var routes = RouteTable.Routes(TimeSpan.Zero).Select(r => r.RouteId)
            .Where(id => !id.StartsWith("gRPC ", StringComparison.Ordinal));
        Assert.Equal(
            routes.Append($"GET {OpenApiEndpoint.Path}").Order(StringComparer.Ordinal),
            Api.Operations.Select(o => o.Route).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Operations_are_told_apart_and_told_about()
    {
        Assert.Equal(Api.Operations.Count, Api.Operations.Select(o => o.Id).Distinct().Count());
        var tags = ((JsonArray)Api.Root["tags"]!).Select(t => t!["name"]!.GetValue<string>()).ToList();
        foreach (var operation in Api.Operations)
        {
            Assert.NotEmpty(operation.Node["summary"]!.GetValue<string>());
            Assert.Contains(operation.Node["tags"]![0]!.GetValue<string>(), tags);
            Assert.Contains(operation.Scope, new[] { "none", "any", "ingest", "query", "admin", "operator" });
            Assert.Contains(operation.Responses, r => r.Key[0] == '2');
            Assert.Equal(
                Regex.Matches(operation.Path, @"\{(\w+)\}").Select(m => m.Groups[1].Value).Order(),
                operation.Parameters.Where(p => p.In == "path").Select(p => p.Name).Order());
            Assert.All(operation.Parameters, p => Assert.NotEmpty(p.Node["description"]!.GetValue<string>()));
            Assert.Equal(operation.Parameters.Count, operation.Parameters.Select(p => (p.In, p.Name)).Distinct().Count());
        }
    }

    [Fact]
    public void Every_reference_leads_somewhere_and_every_component_is_used()
    {
        var used = new HashSet<string>();
        Visit(Api.Root, node =>
        {
            if (node["$ref"]?.GetValue<string>() is { } reference && used.Add(reference))
                Api.Schemas.Resolve(node);
        });
        var schemas = ((JsonObject)Api.Root["components"]!)
            .Where(kind => kind.Key is not ("securitySchemes" or "examples"))
            .SelectMany(kind => ((JsonObject)kind.Value!).Select(c => $"#/components/{kind.Key}/{c.Key}"));
        Assert.Empty(schemas.Except(used));
    }

    [Fact]
    public void Every_example_is_as_its_schema_says()
    {
        var faults = new List<string>();
        foreach (var operation in Api.Operations)
        {
            foreach (var body in Api.Bodies(operation))
                faults.AddRange(Of(body.Schema, body.Value, operation.Route));
            foreach (var (status, response) in operation.Responses)
                foreach (var (_, content) in Api.Schemas.Resolve((JsonObject)response!)["content"] as JsonObject ?? [])
                    foreach (var example in Api.Examples((JsonObject)content!))
                        faults.AddRange(Of(content!["schema"]!, example, $"{operation.Route} {status}"));
            foreach (var parameter in operation.Parameters)
                if (parameter.Node["example"] is { } example)
                    faults.AddRange(Of(parameter.Schema, example, $"{operation.Route} {parameter.Name}"));
        }
        foreach (var (name, schema) in (JsonObject)Api.Root["components"]!["schemas"]!)
            foreach (var example in schema!["examples"] as JsonArray ?? [])
                faults.AddRange(Of(schema, example!, name));
        Assert.Empty(faults);

        static IEnumerable<string> Of(JsonNode schema, JsonNode value, string at) =>
            Api.Schemas.Faults(schema, JsonDocument.Parse(value.ToJsonString()).RootElement).Select(f => $"{at}: {f}");
    }

    [Fact]
    public void Every_problem_code_of_the_source_is_described_and_every_described_one_is_in_the_source()
    {
        var source = Sources().Select(File.ReadAllText).ToList();
        var constants = Constants(typeof(FormulaProblems)).Concat(Constants(typeof(EventProblem.Codes))).ToList();
        var thrown = source.SelectMany(text => ThrownCode().Matches(text).Select(m => m.Groups["code"].Value)).Distinct().ToList();
        Assert.True(thrown.Count > 40, "The pattern finds the codes no more.");

        var described = ((JsonObject)Api.Root["components"]!["examples"]!).Select(e => e.Key).ToList();
        var ofEvents = Api.Root["components"]!["schemas"]!["EventProblemCode"]!["enum"]!.AsArray().Select(c => c!.GetValue<string>());
        Assert.Empty(thrown.Concat(Constants(typeof(FormulaProblems))).Except(described).Order());
        Assert.Equal(Constants(typeof(EventProblem.Codes)).Order(), ofEvents.Order());
        Assert.DoesNotContain(described, code =>
            !constants.Contains(code) && !source.Any(text => text.Contains($"\"{code}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_problem_belongs_to_an_operation_but_those_of_addresses_that_there_are_not()
    {
        var named = Api.Operations.SelectMany(o => o.Responses)
            .SelectMany(r => (r.Value!["content"]?["application/problem+json"]?["examples"] as JsonObject ?? []).Select(e => e.Key));
        var described = ((JsonObject)Api.Root["components"]!["examples"]!).Select(e => e.Key);
        Assert.Equal(
            ["bad_request", "method_not_allowed", "not_found", "unknown_version", "upgrade_required"], described.Except(named).Order());
    }

    [Fact]
    public void Access_is_told_with_its_problems()
    {
        foreach (var operation in Api.Operations)
        {
            Assert.Equal(operation.Scope != "none", operation.Responses["401"] is not null);
            Assert.Equal(operation.Scope is not ("none" or "any"), operation.Responses["403"] is not null);
            Assert.Equal(operation.Scope == "none" ? 0 : 3, ((JsonArray)operation.Node["security"]!).Count);
        }
    }

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!);

    // The command line and the connectors have problems of their own, which no address answers.
    private static IEnumerable<string> Sources([CallerFilePath] string file = "")
    {
        var services = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "services"));
        return Directory.EnumerateFiles(services, "*.cs", SearchOption.AllDirectories).Where(f =>
            !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            && !Regex.IsMatch(f, @"CrmKpi\.(Cli|Local|Connectors|Protos)\b"));
    }

    private static void Visit(JsonNode? node, Action<JsonObject> visit)
    {
        if (node is JsonObject json)
        {
            visit(json);
            foreach (var (_, member) in json)
                Visit(member, visit);
        }
        foreach (var item in node as JsonArray ?? [])
            Visit(item, visit);
    }

    // new Problem(status, "code", …), new(status, "code", …), Refused(status, "code", …), Invalid("code", …) and their like.
    [GeneratedRegex("""
        (?: \b(?:Problem|new|Refused)\(\s*(?:StatusCodes\.\w+|status),\s* | \b(?:Invalid|Wrong|KpiProblem)\(\s* )"(?<code>[a-z0-9_]+)"
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex ThrownCode();
}
