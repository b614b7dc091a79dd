using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrmKpi.Hosting.Access.Tokens;

/// <summary>
/// Checks the tokens of one issuer: 1. the kind of signature, 2. the key, 3. signature, issuer, audience and lifetime,
/// 4. the claims.
/// </summary>
internal sealed class TokenIssuer(JwtIssuerOptions options, HttpClient http, TimeProvider time, ILogger logger)
{
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly IssuerKeys _keys = new(options, http, time, logger);

    /// <summary>Its short name.</summary>
    public string Name => options.Name;

    /// <summary>True for a token that says it is this issuer's.</summary>
    public bool Claims(JsonWebToken token) =>
        string.Equals(token.Issuer.TrimEnd('/'), options.ExpectedIssuer.TrimEnd('/'), StringComparison.Ordinal);

    /// <summary>The caller of a token, or why there is none; throws 503 when the issuer cannot be asked.</summary>
    public async ValueTask<Verdict> Check(JsonWebToken token, CancellationToken ct)
    {
        // 1. The kind of signature, before anything else of the token is believed.
        if (!options.AlgorithmsTaken.Contains(token.Alg))
            return Verdict.Forged("The token is not signed in a way that is taken here.");
        // RFC 7515, 4.1.11: what must be understood is not.
        if (token.TryGetHeaderValue<object>("crit", out _))
            return Verdict.Forged("The token has an extension of its header that is not known here.");

        // 2. The key.
        var keys = await _keys.Find(token.Kid, ct);
        if (keys.Count == 0)
            return Verdict.Forged("The token is signed with a key that its issuer does not have.");

        // 3. Signature, issuer, audience and lifetime.
        var result = await _handler.ValidateTokenAsync(token, await Parameters(keys, ct));
        if (!result.IsValid)
            return RefusalOf(result.Exception);

        // 4. The claims.
        var (caller, reason) = TokenClaims.Read(Base64UrlEncoder.DecodeBytes(token.EncodedPayload), options);
        if (caller is null)
            return Verdict.Refused(reason);
        return Verdict.Right(caller with { ExpiresAt = EndOf(token) }, TimeSpan.FromSeconds(options.CacheSeconds));
    }

    private async ValueTask<TokenValidationParameters> Parameters(
        IReadOnlyList<SecurityKey> keys, CancellationToken ct) => new()
        {
            ValidIssuer = options.Issuer ?? (await _keys.Current(ct)).Issuer,
            ValidAudiences = options.Audiences,
            IssuerSigningKeys = keys,
            ValidAlgorithms = options.AlgorithmsTaken,
            ClockSkew = TimeSpan.FromSeconds(options.ClockSkewSeconds),
            RequireAudience = true,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (from, until, _, parameters) =>
            {
                var now = time.GetUtcNow().UtcDateTime;
                // The skew goes to our clock: theirs may stand at the end of all time.
                if (until is null || until <= now - parameters.ClockSkew)
                    throw new SecurityTokenExpiredException();
                if (from > now + parameters.ClockSkew)
                    throw new SecurityTokenNotYetValidException();
                return true;
            },
        };

    private DateTimeOffset EndOf(JsonWebToken token)
    {
        var skew = TimeSpan.FromSeconds(options.ClockSkewSeconds);
        return token.ValidTo > DateTime.MaxValue - skew
            ? DateTimeOffset.MaxValue
            : new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + skew;
    }

    // The signature is checked first: who is told that a token has expired, or is for somebody else, holds one of the
    // issuer.
    private static Verdict RefusalOf(Exception exception) => exception switch
    {
        SecurityTokenExpiredException => Verdict.Refused("The token has expired."),
        SecurityTokenNotYetValidException => Verdict.Refused("The token is not valid yet."),
        SecurityTokenInvalidAudienceException => Verdict.Refused("The token is for another audience."),
        SecurityTokenInvalidIssuerException => Verdict.Refused("The token is of another issuer."),
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException =>
            Verdict.Forged("The token's signature is wrong."),
        _ => Verdict.Forged("The token is not valid."),
    };
}
