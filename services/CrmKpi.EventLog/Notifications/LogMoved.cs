using System.Globalization;

namespace CrmKpi.EventLog.Notifications;

/// <summary>The text of a notification: <c>tenant:sequence</c>; a tenant's id has no colon.</summary>
internal static class LogMoved
{
    public const string Channel = "crmkpi_log";

    public static string Payload(string tenant, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{tenant}:{sequence}");

    /// <summary>Null for a text that is not ours: any session of the database may notify.</summary>
    public static (string Tenant, long Sequence)? Parse(string payload)
    {
        var colon = payload.LastIndexOf(':');
        return colon > 0 && long.TryParse(
            payload.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? (payload[..colon], sequence)
            : null;
    }
}
