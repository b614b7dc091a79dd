using System.Buffers;

namespace CrmKpi.Hosting.Access;

/// <summary>The form of a tenant id: <c>^[a-z0-9][a-z0-9-]{0,62}$</c>.</summary>
public static class TenantId
{
    /// <summary>The rule, for error texts.</summary>
    public const string Pattern = "^[a-z0-9][a-z0-9-]{0,62}$";

    private const int LengthMax = 63;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>True when the text has that form.</summary>
    public static bool IsValid(string id) =>
        id.Length is > 0 and <= LengthMax && id[0] != '-' && !id.AsSpan().ContainsAnyExcept(Allowed);
}
