using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace CrmKpi.Services.Tests.Access;

/// <summary>Tokens of an OpenID Connect issuer: the good ones, and everything that is none.</summary>
public sealed class TokenTests(TokenFixture tokens) : IClassFixture<TokenFixture>
{
    private readonly Installation _crm = tokens.Crm;
    private readonly LocalIssuer _issuer = tokens.Issuer;

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    public async Task A_good_token_is_let_in(string algorithm) =>
        await tokens.Good(_issuer.Token(
            algorithm: algorithm, key: algorithm.StartsWith("ES", StringComparison.Ordinal) ? _issuer.Ec : null));

    [Theory]
    [InlineData(-50, null)]
    [InlineData(-70, "The token has expired.")]
    public async Task The_clock_of_the_issuer_may_be_a_minute_behind(int expires, string? reason) =>
        await tokens.Check(
            _issuer.Token(notBefore: TimeSpan.FromHours(-1), expires: TimeSpan.FromSeconds(expires)), reason);

    [Theory]
    [InlineData(50, null)]
    [InlineData(70, "The token is not valid yet.")]
    public async Task The_clock_of_the_issuer_may_be_a_minute_ahead(int begins, string? reason) =>
        await tokens.Check(_issuer.Token(notBefore: TimeSpan.FromSeconds(begins)), reason);

    [Fact]
    public async Task A_token_for_somebody_else_or_of_somebody_else_is_401()
    {
        await tokens.Refused(
            _issuer.Token(LocalIssuer.Claims(audience: "another")), "The token is for another audience.");
        await tokens.Forged(
            _issuer.Token(issuer: "http://127.0.0.1:1"), "The token is of no issuer that is taken here.");
        await tokens.Refused(_issuer.Token(issuer: _issuer.Url + "/"), "The token is of another issuer.");
        // Signed by the key of another issuer, under the id of a key of this one.
        var forged = LocalIssuer.NewRsa(_issuer.Rsa.KeyId);
        await tokens.Forged(_issuer.Token(key: forged), "The token's signature is wrong.");
        // Nobody else learns what else is wrong with it.
        await tokens.Forged(
            _issuer.Token(key: forged, expires: TimeSpan.FromDays(-1)), "The token's signature is wrong.");
        await tokens.Forged(
            _issuer.Token(LocalIssuer.Claims(audience: "another"), forged), "The token's signature is wrong.");
        await tokens.Forged(
            _issuer.Token(key: LocalIssuer.NewRsa("not-theirs")),
            "The token is signed with a key that its issuer does not have.");
    }

    [Fact]
    public async Task A_changed_token_is_401()
    {
        var parts = _issuer.Token(LocalIssuer.Claims(scope: "crmkpi.query")).Split('.');
        var claims = Base64UrlEncoder.Decode(parts[1])
            .Replace("crmkpi.query", "crmkpi.admin", StringComparison.Ordinal);
        await tokens.Forged(
            $"{parts[0]}.{Base64UrlEncoder.Encode(claims)}.{parts[2]}", "The token's signature is wrong.");
        await tokens.Forged($"{parts[0]}.{parts[1]}.{parts[2][..^4]}", "The token's signature is wrong.");
        await tokens.Forged($"{parts[0]}.{parts[1]}.", "The token's signature is wrong.");
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"NONE","kid":"rsa-1"}""")]
    [InlineData("""{"alg":"","kid":"rsa-1"}""")]
    [InlineData("""{"kid":"rsa-1"}""")]
    [InlineData("""{"alg":"rs256","kid":"rsa-1"}""")]
    [InlineData("""{"alg":"RS1","kid":"rsa-1"}""")]
    public async Task A_token_without_a_signature_that_is_taken_is_401(string header)
    {
        await tokens.Forged(
            LocalIssuer.Raw(header, _issuer.Json()), "The token is not signed in a way that is taken here.");
        await tokens.Forged(
            LocalIssuer.Raw(header, _issuer.Json(), _ => [1, 2, 3]),
            "The token is not signed in a way that is taken here.");
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS512")]
    public async Task A_public_key_is_no_shared_secret(string algorithm)
    {
        var rsa = ((RsaSecurityKey)_issuer.Rsa).Rsa;
        foreach (var secret in new[]
        {
            Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()), rsa.ExportSubjectPublicKeyInfo(),
            rsa.ExportParameters(false).Modulus!,
        })
            await tokens.Forged(
                LocalIssuer.Raw(
                    $$"""{"alg":"{{algorithm}}","kid":"rsa-1"}""", _issuer.Json(),
                    text => algorithm == "HS256"
                        ? HMACSHA256.HashData(secret, text)
                        : HMACSHA512.HashData(secret, text)),
                "The token is not signed in a way that is taken here.");
    }

    [Fact]
    public async Task A_kind_of_signature_that_goes_with_another_key_is_401()
    {
        var signed = _issuer.Signed(_issuer.Json(), """{"alg":"ES256","kid":"rsa-1"}""");
        await tokens.Forged(signed, "The token's signature is wrong.");
    }

    [Fact]
    public async Task A_token_that_names_no_key_is_tried_with_all()
    {
        await tokens.Good(_issuer.Signed(_issuer.Json(), """{"alg":"RS256"}"""));
    }

    [Fact]
    public async Task A_token_that_never_expires_is_401()
    {
        foreach (var exp in new[] { "", "\"exp\":\"soon\",", "\"exp\":null,", "\"exp\":-1," })
        {
            var json = _issuer.Json();
            json = "{" + exp + json[1..json.IndexOf(",\"exp\"", StringComparison.Ordinal)] + "}";
            await tokens.Unauthorized(_issuer.Signed(json));
        }
    }

    [Theory]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9..")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.W10.AAAA")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.!!!!.AAAA")]
    [InlineData("bnVsbA.bnVsbA.bnVsbA")]
    [InlineData("eyJhbGciOjd9.eyJpc3MiOjd9.AAAA")]
    [InlineData("a.b.c.d.e")]
    [InlineData("a.b")]
    public async Task Garbage_is_401(string text) => await tokens.Unauthorized(text);

    [Fact]
    public async Task A_huge_token_is_401()
    {
        var claims = LocalIssuer.Claims();
        claims["padding"] = new string('x', 10_000);
        await tokens.Unauthorized(_issuer.Token(claims));
    }

    [Fact]
    public async Task A_token_whose_header_must_be_understood_is_401()
    {
        await tokens.Forged(
            _issuer.Signed(_issuer.Json(), """{"alg":"RS256","kid":"rsa-1","crit":["exp"]}"""),
            "The token has an extension of its header that is not known here.");
    }

    [Fact]
    public async Task A_token_that_ends_at_the_end_of_all_time_is_let_in()
    {
        var json = _issuer.Json();
        json = json[..json.IndexOf(",\"exp\"", StringComparison.Ordinal)];
        await tokens.Good(_issuer.Signed(json + ",\"exp\":253402300799}"));
        await tokens.Good(_issuer.Signed(json + ",\"exp\":9000000000000000000}"));
    }

    [Fact]
    public async Task A_spoilt_token_is_401_whatever_is_spoilt()
    {
        var random = new Random(7);
        string[] pieces = ["", "\0", "{", "}", "[", "\"", "\\ud800", "null", "1e999", ":", ",", "é", "{\"a\":"];
        var (header, claims) = ("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", _issuer.Json());
        using var client = new HttpClient { BaseAddress = new Uri(_crm.Ingestion.Urls.First()) };
        for (var i = 0; i < 500; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/tenants");
            request.Headers.TryAddWithoutValidation(
                "Authorization", "Bearer " + LocalIssuer.Raw(Spoil(header), Spoil(claims), _ => [1, 2, 3]));
            using var answer = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        string Spoil(string text)
        {
            for (var n = random.Next(3); n > 0; n--)
            {
                var at = random.Next(text.Length);
                var rest = text[Math.Min(text.Length, at + random.Next(4))..];
                text = text[..at] + pieces[random.Next(pieces.Length)] + rest;
            }
            return text;
        }
    }

    [Fact]
    public async Task No_token_reaches_the_logs()
    {
        var token = _issuer.Token();
        await tokens.Good(token);
        await tokens.Unauthorized(token[..^3]);
        Assert.DoesNotContain(_crm.Logs.Lines, l => l.Contains(token.Split('.')[2][..40], StringComparison.Ordinal));
        Assert.DoesNotContain(_crm.Logs.Lines, l => l.Contains(token.Split('.')[1][..40], StringComparison.Ordinal));
    }
}
