using System.Text.RegularExpressions;

namespace CrmKpi.Postgres.Control;

/// <summary>A registered tenant (client portal).</summary>
public sealed partial record Tenant(string Id, string Name, string Agency, DateTimeOffset CreatedAt)
{
    /// <summary>Lower-case letters, digits and hyphens, at most 63, not starting with a hyphen.</summary>
    public const string IdPattern = "^[a-z0-9][a-z0-9-]{0,62}$";

    /// <summary>True for a text that may be a tenant's id.</summary>
    public static bool IsValidId(string id) => IdRegex().IsMatch(id);

    // \z: $ would also match before a final line feed.
    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdRegex();
}
