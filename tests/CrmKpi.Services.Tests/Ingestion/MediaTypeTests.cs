using System.IO.Compression;
using System.Text;
using static CrmKpi.Services.Tests.HttpExtensions;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Media types, charsets and encodings.</summary>
public sealed class MediaTypeTests : IAsyncLifetime
{
    private static readonly Lazy<Task<Installation>> SmallBatches =
        new(() => Installation.Start(new() { ["Ingestion:BatchBytesMax"] = "65536" }));

    private Installation _crm = null!;
    private string _tenant = null!;

    public async Task InitializeAsync()
    {
        _crm = await SmallBatches.Value;
        _tenant = await _crm.Tenant();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/cloudevents+xml")]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("application/x-ndjson; charset=windows-1251")]
    [InlineData("application/cloudevents+json; charset=utf-16")]
    public async Task Another_type_or_charset_is_415_and_told_the_right_ones(string mediaType)
    {
        using var answer = await _crm.Admin.PostEvents(_tenant, Lead("1"), mediaType);
        var problem = await answer.Problem(415, "unsupported_media_type");
        Assert.Equal([One, Batch, Lines], problem.GetProperty("allowed").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal(0, await _crm.LogLength(_tenant));
    }

    [Theory]
    [InlineData("Application/CloudEvents+JSON")]
    [InlineData("application/cloudevents+json; charset=utf-8")]
    [InlineData("application/cloudevents+json; charset=\"UTF-8\"")]
    public async Task Case_and_an_explicit_utf8_do_not_matter(string mediaType) =>
        await (await _crm.Admin.PostEvents(_tenant, Lead(mediaType.Length.ToString()), mediaType)).Tally(accepted: 1);

    [Fact]
    public async Task Binary_mode_is_refused_by_name()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/tenants/{_tenant}/events");
        request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        request.Headers.Add("ce-specversion", "1.0");
        using var answer = await _crm.Admin.SendAsync(request);
        var problem = await answer.Problem(415, "unsupported_media_type");
        Assert.Contains("binary mode", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData(One)]
    [InlineData(Batch)]
    [InlineData(Lines)]
    public async Task Gzip_is_read(string mediaType)
    {
        var text = mediaType switch
        {
            One => Lead("1"),
            Batch => $"[{string.Join(',', Leads(100).Split('\n', StringSplitOptions.RemoveEmptyEntries))}]",
            _ => Leads(3_000),
        };
        using var answer = await Post(Gzip(text), mediaType, "gzip");
        await answer.Tally(accepted: mediaType switch { One => 1, Batch => 100, _ => 3_000 });
    }

    [Fact]
    public async Task A_gzip_batch_is_measured_as_it_expands()
    {
        using var answer = await Post(Gzip($"[{new string(' ', 200_000)}]"), Batch, "gzip");
        var problem = await answer.Problem(413, "body_too_large");
        Assert.Equal(65_536, problem.GetProperty("bytesMax").GetInt64());
    }

    [Fact]
    public async Task A_gzip_bomb_is_refused_without_being_read_to_its_end()
    {
        using var answer = await Post(Gzip(new string('\n', 100_000_000)), Lines, "gzip");
        await answer.Problem(413, "expands_too_far");
    }

    [Fact]
    public async Task What_is_not_gzip_is_told_so()
    {
        using var answer = await Post(Encoding.UTF8.GetBytes(Lead("1")), Lines, "gzip");
        await answer.Problem(400, "malformed_encoding");
    }

    [Fact]
    public async Task Another_encoding_is_415()
    {
        using var answer = await Post(Encoding.UTF8.GetBytes(Lead("1")), Lines, "br");
        await answer.Problem(415, "unsupported_encoding");
    }

    private Task<HttpResponseMessage> Post(byte[] body, string mediaType, string encoding)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return _crm.Admin.PostAsync($"/v1/tenants/{_tenant}/events", content);
    }

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }
}
