using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// Tells the gateway, which cannot check credentials, that a service has accepted the one of this request. The gateway
/// takes the header out of the answer.
/// </summary>
public static class AcceptedCredential
{
    /// <summary>The header of the answer.</summary>
    public const string Header = "CrmKpi-Credential";

    private const string Value = "accepted";

    internal static void Tell(HttpResponse response) => response.Headers[Header] = Value;
}
