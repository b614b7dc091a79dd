using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmKpi.Services.Tests.OpenApi;

/// <summary>
/// The description against the services: its example bodies are sent, each of its parameters, each of their values and limits, and
/// what it does not know. Every answer must be as it says.
/// </summary>
public sealed class ExampleTests(WholeProduct product) : IClassFixture<WholeProduct>
{
    private const string Surprise = "surprise";

    private static readonly ApiDescription Api = ApiDescription.Instance;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly List<string> _faults = [];
    private readonly HashSet<string> _succeeded = [];
    private string _key = "none";
    private string _forgetting = "none";

    [Fact]
    public async Task The_services_do_as_it_says()
    {
        foreach (var operation in Api.Operations.OrderBy(Rank))
        {
            if (operation.Id is "getKpis" or "verify")
                await UntilProjected();
            foreach (var body in Api.Bodies(operation).DefaultIfEmpty(null))
                await Send(operation, Required(operation), body);
            foreach (var parameter in operation.Query)
                await SendValues(operation, parameter);
            await SendUnknown(operation);
        }
        Assert.True(_faults.Count == 0, string.Join('\n', _faults));
        Assert.Empty(Api.Operations.Select(o => o.Route).Except(_succeeded));
    }

    // What others need comes first, what takes away last.
    private static int Rank(ApiOperation operation) => operation switch
    {
        { Id: "setUpTenant" } => 0,
        { Id: "appendEvents" } => 1,
        { Id: "rebuild" } => 4,
        { Method: "PUT" or "POST" } => 2,
        { Id: "forgetPerson" } => 5,
        { Id: "getForgetting" } => 6,
        { Id: "deleteTenant" } => 7,
        { Id: "getDeletion" } => 8,
        { Method: "DELETE" } => 5,
        _ => 3,
    };

    private async Task UntilProjected()
    {
        using var stop = new CancellationTokenSource(Patience);
        while (true)
        {
            using var answer = await product.Admin.GetAsync("/v1/tenants/acme/projection", stop.Token);
            var status = await answer.Json();
            if (status.GetProperty("lag").GetInt64() == 0
                && status.GetProperty("buildingGeneration").ValueKind == JsonValueKind.Null)
                return;
            await Task.Delay(50, stop.Token);
        }
    }

    private static Dictionary<string, string> Required(ApiOperation operation) =>
        operation.Query.Where(p => p.IsRequired).ToDictionary(p => p.Name, p => p.Examples[0]);

    // 1. Its examples, 2. each value of a few, and none but these, 3. its limits.
    private async Task SendValues(ApiOperation operation, ApiParameter parameter)
    {
        foreach (var example in parameter.Examples)
            Require(operation, parameter, example, await Send(operation, Query(operation, parameter, example)), isRight: true);
        foreach (var value in parameter.Values ?? [])
            if (parameter.Examples.Count > 0 && !NeedsMore(parameter, value))
                Require(operation, parameter, value, await Send(operation, Query(operation, parameter, value)), isRight: true);
        if (parameter.Values is not null)
            Require(operation, parameter, "other", await Send(operation, Query(operation, parameter, "other")), isRight: false);
        foreach (var (limit, step) in new[] { ("maximum", 1), ("minimum", -1) })
            if (parameter.Schema[limit]?.GetValue<decimal>() is { } edge && parameter.Examples.Count > 0)
            {
                var (inside, outside) = (Text(edge), Text(edge + step));
                Require(operation, parameter, inside, await Send(operation, Query(operation, parameter, inside)), isRight: true);
                Require(operation, parameter, outside, await Send(operation, Query(operation, parameter, outside)), isRight: false);
            }
    }

    // A comparison with what there is not yet, or that needs a period; the examples of these parameters show it.
    private static bool NeedsMore(ApiParameter parameter, string value) =>
        (parameter.Name, value) is ("compare", "custom") or ("part", _);

    private static Dictionary<string, string> Query(ApiOperation operation, ApiParameter parameter, string value)
    {
        var query = Required(operation);
        foreach (var (name, needed) in parameter.With)
            query[name] = needed;
        query[parameter.Name] = value;
        return query;
    }

    private void Require(ApiOperation operation, ApiParameter parameter, string value, JsonElement? problem, bool isRight)
    {
        if (isRight && problem is not null)
            _faults.Add($"{operation.Route}?{parameter.Name}={value}: {problem}");
        if (!isRight && problem?.GetProperty("parameter").GetString() != parameter.Name)
            _faults.Add($"{operation.Route}?{parameter.Name}={value}: was not refused");
    }

    private async Task SendUnknown(ApiOperation operation)
    {
        if (operation.Scope == "none")
            return;
        var query = Required(operation);
        query[Surprise] = "1";
        var problem = await Send(operation, query, Api.Bodies(operation).FirstOrDefault());
        var known = problem is { } refused && refused.TryGetProperty("allowed", out var allowed)
            ? allowed.EnumerateArray().Select(n => n.GetString()!).Order(StringComparer.Ordinal).ToArray() : null;
        var described = operation.Query.Select(p => p.Name).Order(StringComparer.Ordinal).ToArray();
        if (known is null || !known.SequenceEqual(described))
            _faults.Add(
                $"{operation.Route}: described are [{string.Join(", ", described)}], known are [{string.Join(", ", known ?? ["?"])}]");
    }

    /// <summary>Sends a request and holds its answer against the description; returns the problem, if it is one.</summary>
    private async Task<JsonElement?> Send(ApiOperation operation, Dictionary<string, string> query, ApiBody? body = null)
    {
        var path = string.Join('/', operation.Path.Split('/').Select(part => part.StartsWith('{') ? PathValue(operation, part[1..^1]) : part));
        var text = string.Join('&', query.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"));
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), $"{path}{(text.Length > 0 ? "?" + text : "")}");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.Text));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", body.MediaType);
        }
        using var answer = await product.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var type = answer.Content.Headers.ContentType?.MediaType;
        var (status, content) = ((int)answer.StatusCode, type == "text/event-stream" ? await FirstEvent(answer) : await answer.Content.ReadAsStringAsync());
        var faults = Api.Faults(operation, status, type, content);
        _faults.AddRange(faults.Select(f => $"{request.Method} {request.RequestUri}: {f}"));
        if (type == "text/event-stream")
            _faults.AddRange(Api.Schemas.Faults(
                Api.Root["components"]!["schemas"]!["KpiAnswer"], JsonDocument.Parse(content).RootElement).Select(f => $"watch: {f}"));
        CheckHeaders(operation, answer, status);
        if (status < 300)
        {
            _succeeded.Add(operation.Route);
            if (operation.Id == "createKey")
                _key = JsonDocument.Parse(content).RootElement.GetProperty("id").GetString()!;
            if (operation.Id == "forgetPerson")
                _forgetting = JsonDocument.Parse(content).RootElement.GetProperty("id").GetString()!;
        }
        return status >= 400 ? JsonDocument.Parse(content).RootElement : null;
    }

    // A header that is described for an answer may be absent, but for these.
    private void CheckHeaders(ApiOperation operation, HttpResponseMessage answer, int status)
    {
        if (operation.Responses[$"{status}"] is not JsonObject node)
            return;
        var described = Api.Schemas.Resolve(node)["headers"] as JsonObject ?? [];
        foreach (var name in new[] { "X-Request-Id", "ETag", "CrmKpi-Sequence", "CrmKpi-Lag", "Retry-After", "Location", "WWW-Authenticate" })
        {
            var isThere = answer.Headers.TryGetValues(name, out var values);
            if (status < 400 && name != "Retry-After" && isThere != described.ContainsKey(name))
                _faults.Add($"{operation.Route} {status}: header {name} is {(isThere ? "not described" : "missing")}");
            if (isThere && described[name] is JsonObject header && Api.Schemas.Resolve(header)["schema"]!["type"]?.GetValue<string>() == "integer")
                Assert.True(long.TryParse(values!.Single(), NumberStyles.None, CultureInfo.InvariantCulture, out _), name);
        }
    }

    private static async Task<string> FirstEvent(HttpResponseMessage answer)
    {
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        using var patience = new CancellationTokenSource(Patience);
        while (await reader.ReadLineAsync(patience.Token) is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return line[6..];
        throw new InvalidDataException("The stream has ended without an event.");
    }

    private string PathValue(ApiOperation operation, string name) => (operation.Id, name) switch
    {
        ("revokeKey" or "rotateKey", _) => _key,
        ("getForgetting", "id") => _forgetting,
        // A tenant that is being moved can neither be deleted nor forget anybody.
        ("moveTenant" or "getMove" or "cancelMove", _) => "globex",
        _ => operation.Parameters.Single(p => p.In == "path" && p.Name == name).Examples[0],
    };

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}
