using System.Text.Json;

namespace CrmKpi.EndToEnd.Tests.Canary;

/// <summary>A method of an address, as the API's own description has it.</summary>
/// <param name="Scope">What it asks for: a scope, <c>any</c>, or <c>none</c> for open addresses.</param>
public sealed record Operation(string Method, string Path, string Scope)
{
    public bool HasTenant => Path.Contains("{tenant}", StringComparison.Ordinal);

    public bool HasAgency => Path.Contains("{agency}", StringComparison.Ordinal);

    /// <summary>A request that changes nothing where it is let through: without parameters, with an empty object.</summary>
    public HttpRequestMessage Request(string tenant, string agency)
    {
        var path = Path.Replace("{tenant}", tenant, StringComparison.Ordinal).Replace("{agency}", agency, StringComparison.Ordinal);
        path = System.Text.RegularExpressions.Regex.Replace(path, @"\{\w+\}", "no-such");
        var request = new HttpRequestMessage(new HttpMethod(Method), path);
        if (Method is "POST" or "PUT")
            request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        return request;
    }

    public override string ToString() => $"{Method} {Path}";

    /// <summary>All of the document.</summary>
    public static IReadOnlyList<Operation> Of(JsonElement openApi) =>
    [
        .. from path in openApi.GetProperty("paths").EnumerateObject()
           from method in path.Value.EnumerateObject()
           where method.Name is "get" or "post" or "put" or "delete" or "patch"
           select new Operation(method.Name.ToUpperInvariant(), path.Name, ScopeOf(method.Value)),
    ];

    private static string ScopeOf(JsonElement operation) =>
        operation.TryGetProperty("x-scope", out var scope) ? scope.GetString()! : "none";
}
