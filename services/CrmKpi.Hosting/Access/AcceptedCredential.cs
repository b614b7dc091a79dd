using System.Security.Cryptography;
using System.Text;
using CrmKpi.Postgres.Control;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// Tells the gateway, which cannot check credentials, that a service has accepted the one of this request, and whose it
/// is: the tokens of one user count together. The gateway takes the header out of the answer.
/// </summary>
public static class AcceptedCredential
{
    /// <summary>The header of the answer.</summary>
    public const string Header = "CrmKpi-Credential";

    private const int DigestBytes = 16;

    internal static void Tell(HttpResponse response, Caller caller) => response.Headers[Header] = caller.Digest;

    /// <summary>A digest, since the name of a user belongs into no header.</summary>
    internal static string Of(Actor actor) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(actor.ToString())).AsSpan(0, DigestBytes));
}
