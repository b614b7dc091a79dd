using CrmKpi.Postgres.Control;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;

namespace CrmKpi.Hosting.Access.Tokens;

/// <summary>The issuers whose tokens are taken.</summary>
internal sealed class TokenIssuers : IDisposable
{
    private const int DocumentBytesMax = 1024 * 1024;

    private readonly List<HttpClient> _clients = [];
    private readonly List<TokenIssuer> _issuers = [];
    private readonly AgencyStore _agencies;
    private readonly TokenRefusals _refusals;

    public TokenIssuers(
        IOptions<SecurityOptions> options, AgencyStore agencies, TimeProvider time, ILogger<TokenIssuers> logger)
    {
        _agencies = agencies;
        _refusals = new TokenRefusals(time, logger);
        foreach (var issuer in options.Value.Jwt.Issuers)
        {
            // Without redirects: what an address may be was decided from the configuration.
            var client = new HttpClient(new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            })
            {
                Timeout = TimeSpan.FromSeconds(issuer.AnswerSecondsMax),
                MaxResponseContentBufferSize = DocumentBytesMax,
            };
            _clients.Add(client);
            _issuers.Add(new TokenIssuer(issuer, client, time, logger));
        }
    }

    /// <summary>The caller of a token; throws 503 when it cannot be checked now.</summary>
    public async ValueTask<Verdict> Check(string text, CancellationToken ct)
    {
        if (_issuers.Count == 0 || Parse(text) is not { } token)
            return Verdict.Unknown;
        var issuer = _issuers.Find(i => i.Claims(token));
        var verdict = issuer is null
            ? Verdict.Forged("The token is of no issuer that is taken here.")
            : await issuer.Check(token, ct);
        if (verdict.Caller is { } caller && await _agencies.Find(caller.Agency, ct) is null)
            verdict = Verdict.Refused("The token names an agency that is not registered.");
        if (verdict.Reason is { } reason)
            _refusals.Note(issuer?.Name ?? "-", reason);
        return verdict;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients)
            client.Dispose();
    }

    // Header, claims and signature; nothing that is encrypted.
    private static JsonWebToken? Parse(string text)
    {
        if (text.AsSpan().Count('.') != 2)
            return null;
        try
        {
            return new JsonWebToken(text);
        }
        catch (ArgumentException)
        {
            // Which is what the package throws for whatever is no token.
            return null;
        }
    }
}
