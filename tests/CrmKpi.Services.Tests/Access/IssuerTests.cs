using System.Net;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace CrmKpi.Services.Tests.Access;

/// <summary>The issuer changes its keys, is away, or is not the one that it should be.</summary>
public sealed class IssuerTests : IAsyncLifetime
{
    private LocalIssuer _issuer = null!;

    public async Task InitializeAsync() => _issuer = await LocalIssuer.Start();

    public async Task DisposeAsync() => await _issuer.DisposeAsync();

    [Fact]
    public async Task New_keys_are_taken_and_old_ones_are_not_when_the_issuer_changes_them()
    {
        await using var crm = await Start();
        await Until(crm, _issuer.Token(), HttpStatusCode.OK);
        var before = _issuer.Token(LocalIssuer.Claims(scope: "crmkpi.query crmkpi.ingest"));
        _issuer.Published.Clear();
        var (next, curve) = (LocalIssuer.NewRsa("rsa-2"), LocalIssuer.NewEc("ec-2", ECCurve.NamedCurves.nistP384));
        _issuer.Published.AddRange([next, curve, LocalIssuer.NewEc("ec-3", ECCurve.NamedCurves.nistP521)]);
        await Until(crm, _issuer.Token(key: next), HttpStatusCode.OK);
        await Until(crm, _issuer.Token(key: curve, algorithm: "ES384"), HttpStatusCode.OK);
        await Until(crm, _issuer.Token(key: _issuer.Published[2], algorithm: "ES512"), HttpStatusCode.OK);
        // One that nobody remembers, of a key that is gone.
        await Until(crm, before, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Forged_tokens_do_not_make_us_hammer_the_issuer()
    {
        await using var crm = await Start(askSecondsMin: "3600");
        await Until(crm, _issuer.Token(), HttpStatusCode.OK);
        Assert.Equal(1, _issuer.Asked);
        using var forged = LocalIssuer.NewRsa("x") is RsaSecurityKey key ? key.Rsa : null;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Until(
            crm, _issuer.Token(key: new RsaSecurityKey(forged) { KeyId = $"forged-{i}" }),
            HttpStatusCode.Unauthorized)));
        Assert.Equal(1, _issuer.Asked);
    }

    [Fact]
    public async Task Many_first_tokens_at_once_are_one_question()
    {
        await using var crm = await Start(askSecondsMin: "3600");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            Until(crm, _issuer.Token(notBefore: TimeSpan.FromSeconds(-i - 60)), HttpStatusCode.OK)));
        Assert.Equal(1, _issuer.Asked);
    }

    [Fact]
    public async Task While_the_issuer_is_away_its_known_keys_go_on_and_others_are_503()
    {
        _issuer.IsDown = true;
        await using var crm = await Start();
        using (var client = crm.Client(_issuer.Token()))
        using (var answer = await client.GetAsync("/v1/tenants"))
        {
            await answer.Problem(503, "issuer_unavailable");
            Assert.NotNull(answer.Headers.RetryAfter);
        }
        // Keys of ours do not care, and a token of nobody is not worth a question.
        Assert.Equal(HttpStatusCode.OK, (await crm.Admin.GetAsync("/v1/tenants")).StatusCode);
        await Until(crm, _issuer.Token(issuer: "https://nobody.invalid"), HttpStatusCode.Unauthorized);

        _issuer.IsDown = false;
        await Until(crm, _issuer.Token(), HttpStatusCode.OK);
        _issuer.IsDown = true;
        await Until(crm, _issuer.Token(notBefore: TimeSpan.FromMinutes(-2)), HttpStatusCode.OK);
        await Until(crm, _issuer.Token(key: LocalIssuer.NewRsa("rsa-2")), HttpStatusCode.ServiceUnavailable);
        Assert.Contains(
            crm.Logs.Lines,
            l => l.Contains("[1253]", StringComparison.Ordinal) && l.Contains("corp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_issuer_that_says_it_is_another_is_not_believed()
    {
        _issuer.SaysItIs = "https://another.invalid";
        await using var crm = await Start();
        await Until(crm, _issuer.Token(), HttpStatusCode.ServiceUnavailable);
        Assert.Contains(crm.Logs.Lines, l => l.Contains("https://another.invalid", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://192.0.2.1/keys")]
    [InlineData("ftp://127.0.0.1/keys")]
    [InlineData("file:///etc/passwd")]
    [InlineData("nonsense")]
    public async Task Keys_are_read_over_https_only(string address)
    {
        _issuer.SaysKeysAreAt = address;
        await using var crm = await Start();
        await Until(crm, _issuer.Token(), HttpStatusCode.ServiceUnavailable);
        Assert.Contains(crm.Logs.Lines, l => l.Contains("is not an https address", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shared_secret_among_the_keys_is_never_used()
    {
        var secret = new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(64)) { KeyId = "shared" };
        _issuer.Published.Add(secret);
        await using var crm = await Start();
        await Until(crm, _issuer.Token(), HttpStatusCode.OK);
        await Until(crm, _issuer.Token(key: secret, algorithm: "HS256"), HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_issuer_without_keys_is_503()
    {
        _issuer.Published.Clear();
        await using var crm = await Start();
        await Until(crm, _issuer.Token(), HttpStatusCode.ServiceUnavailable);
    }

    private Task<Installation> Start(string askSecondsMin = "1") =>
        Installation.Start(ingestion: TokenFixture.Settings(0, "corp", _issuer.Url, askSecondsMin));

    /// <summary>Asks until a token gets the answer that it must get in the end.</summary>
    private static async Task Until(Installation crm, string token, HttpStatusCode wanted)
    {
        // Not through the gateway, which soon answers 429 to an address of so many refusals.
        using var client = Installation.Client(crm.Ingestion, token);
        HttpStatusCode last = 0;
        for (var i = 0; i < 100; i++)
        {
            using var answer = await client.GetAsync("/v1/tenants");
            last = answer.StatusCode;
            if (last == wanted)
                return;
            await Task.Delay(200);
        }
        Assert.Equal(wanted, last);
    }
}
