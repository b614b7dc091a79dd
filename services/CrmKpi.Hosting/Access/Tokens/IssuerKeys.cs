using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace CrmKpi.Hosting.Access.Tokens;

/// <summary>
/// The keys with which an issuer signs, from its discovery document. They are read anew now and then, and when a token
/// names one that is not known, but never more often than the options allow: forged tokens cannot make us hammer the
/// issuer. While it gives no answer the keys that were read before go on.
/// </summary>
internal sealed partial class IssuerKeys(
    JwtIssuerOptions options, HttpClient http, TimeProvider time, ILogger logger) : IDocumentRetriever
{
    private readonly Lock _gate = new();
    private volatile Known? _known;
    private Task<bool> _asking = Task.FromResult(false);
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;

    /// <summary>What the issuer said last; 503 when it has not said anything yet.</summary>
    public async ValueTask<OpenIdConnectConfiguration> Current(CancellationToken ct)
    {
        if (_known is not { } known)
        {
            await Ask().WaitAsync(ct);
            return (_known ?? throw Unavailable()).Configuration;
        }
        // The keys at hand go on while they are being read anew.
        if (time.GetUtcNow() - known.At > TimeSpan.FromMinutes(options.RefreshMinutes))
            _ = Ask();
        return known.Configuration;
    }

    /// <summary>
    /// The key of an id, or all keys for a token that names none; nothing when the issuer has no such key; 503 when it
    /// could not be asked whether it has.
    /// </summary>
    public async ValueTask<IReadOnlyList<SecurityKey>> Find(string? keyId, CancellationToken ct)
    {
        var keys = Of(await Current(ct), keyId);
        if (keys.Count > 0)
            return keys;
        var isAnswered = await Ask().WaitAsync(ct);
        keys = Of(_known!.Configuration, keyId);
        return keys.Count > 0 || isAnswered ? keys : throw Unavailable();
    }

    /// <summary>Reads one document of the issuer.</summary>
    async Task<string> IDocumentRetriever.GetDocumentAsync(string address, CancellationToken cancel)
    {
        if (!options.IsSafe(address))
            throw new InvalidOperationException($"'{address}' is not an https address.");
        using var answer = await http.GetAsync(new Uri(address), cancel);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(cancel);
    }

    // One question at a time, whoever asks, and a pause after each; false = the issuer gave no answer to the last one.
    private Task<bool> Ask()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (!_asking.IsCompleted || now - _askedAt < TimeSpan.FromSeconds(options.AskSecondsMin))
                return _asking;
            _askedAt = now;
            return _asking = Read();
        }
    }

    private async Task<bool> Read()
    {
        try
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(options.AnswerSecondsMax));
            var configuration = await OpenIdConnectConfigurationRetriever.GetAsync(options.Metadata, this, stop.Token);
            if (options.Issuer is null && configuration.Issuer?.TrimEnd('/') != options.Authority.TrimEnd('/'))
                throw new InvalidOperationException($"Its document is that of '{configuration.Issuer}'.");
            if (configuration.SigningKeys.Count == 0)
                throw new InvalidOperationException("It names no key for signatures.");
            _known = new Known(configuration, time.GetUtcNow());
            return true;
        }
        catch (Exception e)
        {
            // Whatever a foreign server answers, or does not: what it said before goes on.
            LogNotRead(options.Name, options.Metadata, e.GetBaseException().Message);
            return false;
        }
    }

    private static IReadOnlyList<SecurityKey> Of(OpenIdConnectConfiguration configuration, string? keyId) =>
        [.. configuration.SigningKeys.Where(k => string.IsNullOrEmpty(keyId) || k.KeyId == keyId)];

    private ProblemException Unavailable() => new(new Problem(
        StatusCodes.Status503ServiceUnavailable, "issuer_unavailable",
        "The issuer of this token cannot be reached just now, so that the token cannot be checked. Keys work.")
    {
        RetryAfter = TimeSpan.FromSeconds(options.AskSecondsMin),
    });

    private sealed record Known(OpenIdConnectConfiguration Configuration, DateTimeOffset At);

    [LoggerMessage(1253, LogLevel.Warning, "The keys of issuer {Issuer} could not be read from {Address}: {Reason}")]
    private partial void LogNotRead(string issuer, string address, string reason);
}
