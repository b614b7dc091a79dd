using System.Net;
using System.Text;

namespace CrmKpi.Services.Tests.Access;

/// <summary>HTTP Basic, as Excel, Power BI and Tableau ask their users for it.</summary>
public sealed class BasicTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private string _tenant = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _tenant = await _crm.Tenant();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("ID:SECRET")]
    [InlineData("ID:KEY")]
    [InlineData(":KEY")]
    [InlineData("anybody:KEY")]
    [InlineData("Бухгалтерия:KEY")]
    public async Task A_key_may_be_user_and_password(string credentials)
    {
        foreach (var scheme in new[] { "Basic", "basic" })
            Assert.Equal(HttpStatusCode.OK, (await Get($"{scheme} {Encoded(credentials)}")).StatusCode);
    }

    [Theory]
    [InlineData("ID:")]
    [InlineData("ID:WRONG")]
    [InlineData(":SECRET")]
    [InlineData("KEY:")]
    [InlineData("KEY")]
    [InlineData("SECRET:ID")]
    [InlineData("ID:KEY ")]
    [InlineData("ID:SECRET:SECRET")]
    [InlineData("0000000000000000:SECRET")]
    [InlineData("\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000:SECRET")]
    [InlineData(":")]
    [InlineData("")]
    public async Task Other_users_and_passwords_are_401(string credentials) =>
        await (await Get($"Basic {Encoded(credentials)}")).Problem(401, "unauthorized");

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic !!!")]
    [InlineData("Basic YTpi=")]
    [InlineData("Basic /////w==")]
    [InlineData("Digest username=\"a\"")]
    [InlineData("Negotiate YTpi")]
    public async Task What_is_no_credential_is_401_and_tells_what_would_be(string authorization)
    {
        using var answer = await Get(authorization);
        await answer.Problem(401, "unauthorized");
        Assert.Equal(["Basic", "Bearer"], answer.Headers.WwwAuthenticate.Select(c => c.Scheme));
        Assert.Contains("realm=\"CrmKpi\"", answer.Headers.WwwAuthenticate.First().Parameter);
        Assert.Contains("charset=\"UTF-8\"", answer.Headers.WwwAuthenticate.First().Parameter);
    }

    [Fact]
    public async Task A_huge_one_is_401()
    {
        await (await Get($"Basic {Encoded(new string('a', 5_000) + ":KEY")}")).Problem(401, "unauthorized");
        await (await Get($"Basic {new string('A', 20_000)}")).Problem(401, "unauthorized");
    }

    [Fact]
    public async Task Bytes_that_are_not_utf_8_are_401()
    {
        byte[] bytes = [0xff, 0xfe, (byte)':', .. Encoding.ASCII.GetBytes(_crm.AdminKey)];
        await (await Get($"Basic {Convert.ToBase64String(bytes)}")).Problem(401, "unauthorized");
    }

    [Fact]
    public async Task It_goes_with_the_same_key_in_the_other_header_only()
    {
        Assert.Equal(HttpStatusCode.OK, (await Get($"Basic {Encoded("ID:SECRET")}", _crm.AdminKey)).StatusCode);
        var (other, _) = await _crm.Key(["query"]);
        await (await Get($"Basic {Encoded("ID:SECRET")}", other)).Problem(401, "unauthorized");
    }

    [Fact]
    public async Task It_says_no_more_than_the_key_may_do()
    {
        var (text, id) = await _crm.Key(["query"], [_tenant]);
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{text.Split('_')[2]}"));
        await (await Get($"Basic {basic}", path: "/v1/keys")).Problem(403, "missing_scope");
        await (await Get($"Basic {basic}", path: $"/v1/tenants/{await _crm.Tenant()}")).Problem(404, "tenant_not_found");
    }

    private string Encoded(string credentials)
    {
        var parts = _crm.AdminKey.Split('_');
        var wrong = parts[2][..^1] + (parts[2][^1] == '0' ? '1' : '0');
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials
            .Replace("ID", parts[1], StringComparison.Ordinal).Replace("SECRET", parts[2], StringComparison.Ordinal)
            .Replace("KEY", _crm.AdminKey, StringComparison.Ordinal).Replace("WRONG", wrong, StringComparison.Ordinal)));
    }

    private async Task<HttpResponseMessage> Get(string authorization, string? apiKey = null, string? path = null)
    {
        using var client = _crm.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, path ?? $"/v1/tenants/{_tenant}");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (apiKey is not null)
            request.Headers.Add("X-Api-Key", apiKey);
        return await client.SendAsync(request);
    }
}
