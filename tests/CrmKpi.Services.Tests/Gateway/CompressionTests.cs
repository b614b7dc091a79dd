using System.IO.Compression;
using System.Text;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>Answers on their way out.</summary>
public sealed class CompressionTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private string _tenant = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _tenant = await _crm.Tenant();
        var events = new StringBuilder();
        for (var i = 0; i < 50; i++)
            events.AppendLine(Ingestion.SampleEvents.Lead($"c{i}"));
        (await _crm.Admin.PostEvents(_tenant, events.ToString())).EnsureSuccessStatusCode();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip;q=1.0, br;q=0.5", "gzip")]
    public async Task A_large_answer_is_compressed_for_who_accepts_it(string accepted, string used)
    {
        using var plain = await Get($"/v1/tenants/{_tenant}/events", "identity");
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        using var packed = await Get($"/v1/tenants/{_tenant}/events", accepted);
        Assert.Equal([used], packed.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", packed.Headers.Vary);
        var bytes = await packed.Content.ReadAsByteArrayAsync();
        var whole = await plain.Content.ReadAsStringAsync();
        Assert.True(bytes.Length * 3 < whole.Length);
        await using var stream = used == "br"
            ? (Stream)new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress)
            : new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        Assert.Equal(whole, await new StreamReader(stream).ReadToEndAsync());
    }

    [Theory]
    [InlineData("/v1/tenants?limit=1", "br")]
    [InlineData("/v1/nothing", "br")]
    [InlineData("/health/live", "gzip")]
    public async Task A_small_answer_is_not(string path, string accepted)
    {
        using var answer = await Get(path, accepted);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.NotNull(answer.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task The_description_and_its_tag_hold_under_compression()
    {
        using var plain = await Get("/v1/openapi.json", "identity");
        using var packed = await Get("/v1/openapi.json", "br");
        Assert.Equal(["br"], packed.Content.Headers.ContentEncoding);
        Assert.True(packed.Headers.ETag!.IsWeak);
        Assert.Equal(plain.Headers.ETag, packed.Headers.ETag);
    }

    private async Task<HttpResponseMessage> Get(string path, string accepted)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        return await _crm.Admin.SendAsync(request);
    }
}
