using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrmKpi.Services.Tests.Access;

/// <summary>An OpenID Connect issuer on loopback: discovery, keys, and tokens of any kind.</summary>
internal sealed class LocalIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _asked;

    private LocalIssuer(WebApplication app) => _app = app;

    /// <summary>What it publishes.</summary>
    public List<SecurityKey> Published { get; } = [];

    /// <summary>The key of tokens unless another is named.</summary>
    public SecurityKey Rsa { get; } = NewRsa("rsa-1");

    public SecurityKey Ec { get; } = NewEc("ec-1", ECCurve.NamedCurves.nistP256);

    public string Url => _app.Urls.Single();

    /// <summary>How often its keys were asked for.</summary>
    public int Asked => _asked;

    /// <summary>Answers 500 to everything.</summary>
    public bool IsDown { get; set; }

    /// <summary>What its document says that it is; null = the truth.</summary>
    public string? SaysItIs { get; set; }

    /// <summary>Where its document says that the keys are; null = the truth.</summary>
    public string? SaysKeysAreAt { get; set; }

    public static async Task<LocalIssuer> Start(string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.ClearProviders();
        var issuer = new LocalIssuer(builder.Build());
        issuer.Published.AddRange([issuer.Rsa, issuer.Ec]);
        issuer._app.MapGet("/.well-known/openid-configuration", () => issuer.IsDown
            ? Results.StatusCode(500)
            : Results.Json(new
            {
                issuer = issuer.SaysItIs ?? issuer.Url,
                jwks_uri = issuer.SaysKeysAreAt ?? issuer.Url + "/keys",
            }));
        issuer._app.MapGet("/keys", () =>
        {
            Interlocked.Increment(ref issuer._asked);
            return issuer.IsDown ? Results.StatusCode(500) : Results.Text(issuer.Jwks(), "application/json");
        });
        await issuer._app.StartAsync();
        return issuer;
    }

    public static SecurityKey NewRsa(string id) => new RsaSecurityKey(RSA.Create(2048)) { KeyId = id };

    public static SecurityKey NewEc(string id, ECCurve curve) =>
        new ECDsaSecurityKey(ECDsa.Create(curve)) { KeyId = id };

    /// <summary>Claims that open the door.</summary>
    public static Dictionary<string, object> Claims(
        string agency = "default", object? tenants = null, string scope = "crmkpi.query",
        string audience = "crmkpi") => new()
        {
            ["sub"] = "ann",
            ["aud"] = audience,
            ["agency"] = agency,
            ["crmkpi_tenants"] = tenants ?? "*",
            ["scope"] = scope,
        };

    /// <summary>A token; valid from a minute ago for an hour unless said otherwise.</summary>
    public string Token(
        Dictionary<string, object>? claims = null, SecurityKey? key = null, string algorithm = "RS256",
        TimeSpan? expires = null, TimeSpan? notBefore = null, string? issuer = null)
    {
        var now = DateTime.UtcNow;
        // A time that has passed is allowed here: these are tokens of every kind.
        var handler = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false };
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Url,
            Claims = claims ?? Claims(),
            NotBefore = now + (notBefore ?? TimeSpan.FromMinutes(-1)),
            Expires = now + (expires ?? TimeSpan.FromHours(1)),
            SigningCredentials = new SigningCredentials(key ?? Rsa, algorithm),
        });
    }

    /// <summary>A token put together by hand.</summary>
    /// <param name="sign">Makes the signature of header and claims.</param>
    public static string Raw(string header, string claims, Func<byte[], byte[]>? sign = null)
    {
        var signed = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(claims)}";
        return $"{signed}.{(sign is null ? "" : Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(signed))))}";
    }

    /// <summary>Whatever it is, signed by the issuer with its RSA key.</summary>
    public string Signed(string claims, string header = """{"alg":"RS256","kid":"rsa-1"}""") => Raw(
        header, claims,
        text => ((RsaSecurityKey)Rsa).Rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    /// <summary>Claims as JSON, with issuer and times.</summary>
    public string Json(Dictionary<string, object>? claims = null)
    {
        var all = claims ?? Claims();
        all["iss"] = Url;
        all["exp"] = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
        return JsonSerializer.Serialize(all);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    // Only the public halves.
    private string Jwks() => JsonSerializer.Serialize(new { keys = Published.Select(PublicHalf) });

    private static Dictionary<string, string> PublicHalf(SecurityKey key) => key switch
    {
        RsaSecurityKey rsa => Of(rsa.Rsa.ExportParameters(false), key.KeyId),
        ECDsaSecurityKey ec => Of(ec.ECDsa.ExportParameters(false), key.KeyId),
        _ => new()
        {
            ["kty"] = "oct",
            ["kid"] = key.KeyId,
            ["k"] = Base64UrlEncoder.Encode(((SymmetricSecurityKey)key).Key),
        },
    };

    private static Dictionary<string, string> Of(RSAParameters rsa, string id) => new()
    {
        ["kty"] = "RSA",
        ["use"] = "sig",
        ["kid"] = id,
        ["n"] = Base64UrlEncoder.Encode(rsa.Modulus),
        ["e"] = Base64UrlEncoder.Encode(rsa.Exponent),
    };

    private static Dictionary<string, string> Of(ECParameters ec, string id) => new()
    {
        ["kty"] = "EC",
        ["use"] = "sig",
        ["kid"] = id,
        ["crv"] = ec.Q.X!.Length == 32 ? "P-256" : ec.Q.X.Length == 48 ? "P-384" : "P-521",
        ["x"] = Base64UrlEncoder.Encode(ec.Q.X),
        ["y"] = Base64UrlEncoder.Encode(ec.Q.Y),
    };
}
