using System.Text.Json.Nodes;

namespace CrmKpi.Deploy.Tests.Chart;

/// <summary>Environment variables of the first container of what an object makes.</summary>
internal static class Variables
{
    /// <summary>The variable of a name; null when it is not set.</summary>
    public static JsonObject? Variable(this JsonObject owner, string name) =>
        owner.Each("spec.template.spec.containers.0.env").SingleOrDefault(variable => variable.Text("name") == name);

    /// <summary>The secret that a variable is taken from, as <c>name/key</c>; null when it is not.</summary>
    public static string? SecretOf(this JsonObject owner, string variable = "Postgres__ConnectionString") =>
        owner.Variable(variable)?.At("valueFrom.secretKeyRef") is { } reference
            ? $"{reference["name"]}/{reference["key"]}"
            : null;
}
