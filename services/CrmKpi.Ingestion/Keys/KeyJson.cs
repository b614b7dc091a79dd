using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Keys;

/// <summary>A key as it is shown, with what its holder should think about.</summary>
internal static class KeyJson
{
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(14);
    private static readonly TimeSpan LongUnused = TimeSpan.FromDays(90);

    public static void WriteMembers(Utf8JsonWriter json, ApiKey key, DateTimeOffset now)
    {
        json.WriteString("id", key.Id);
        json.WriteString("name", key.Name);
        json.WriteString("agency", key.Agency);
        Write(json, "scopes", ScopeNames.Of(key.Scopes));
        if (key.Tenants is null)
            json.WriteNull("tenants");
        else
            Write(json, "tenants", key.Tenants);
        json.WriteString("createdAt", JsonAnswer.Time(key.CreatedAt));
        json.WriteString("expiresAt", JsonAnswer.Time(key.ExpiresAt));
        json.WriteString("revokedAt", JsonAnswer.Time(key.RevokedAt));
        json.WriteString("lastUsedAt", JsonAnswer.Time(key.LastUsedAt));
        json.WriteString("replaces", key.Replaces);
        json.WriteString("replacedBy", key.ReplacedBy);
        Write(json, "warnings", Warnings(key, now));
    }

    /// <summary>What to think about; nothing for a key that has ended.</summary>
    public static IEnumerable<string> Warnings(ApiKey key, DateTimeOffset now)
    {
        if (key.RevokedAt is not null || key.ExpiresAt <= now)
            yield break;
        if (key.ExpiresAt is null)
            yield return "no_expiry";
        if (key.ExpiresAt - now < ExpiresSoon)
            yield return "expires_soon";
        if (now - (key.LastUsedAt ?? key.CreatedAt) > LongUnused)
            yield return "long_unused";
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
