using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace CrmKpi.Grpc.Tests.Wire;

/// <summary>What a call was answered with.</summary>
internal sealed record RawResult(HttpResponseMessage Response, byte[] Body)
{
    /// <summary>The status, from the trailers or, where nothing but it was sent, the headers; null = none.</summary>
    public int? Status => Value("grpc-status") is { } text ? int.Parse(text, null) : null;

    public string? Message => Value("grpc-message") is { } text ? Uri.UnescapeDataString(text) : null;

    public string? Value(string name) =>
        Response.TrailingHeaders.TryGetValues(name, out var trailing) ? trailing.Single()
        : Response.Headers.TryGetValues(name, out var leading) ? leading.Single()
        : null;
}

/// <summary>Calls of which every byte is chosen: what a proper client would never send.</summary>
internal sealed class RawCall(Uri server) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        BaseAddress = server,
        Timeout = TimeSpan.FromMinutes(1),
    };

    /// <summary>A message in its frame.</summary>
    public static byte[] Frame(IMessage message) => Frame(message.ToByteArray());

    /// <summary>Bytes in a frame, with a flag and a length of the caller's choice.</summary>
    public static byte[] Frame(byte[] payload, byte flag = 0, uint? length = null)
    {
        var frame = new byte[5 + payload.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length ?? (uint)payload.Length);
        payload.CopyTo(frame, 5);
        return frame;
    }

    public static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(plain);
        return packed.ToArray();
    }

    public async Task<RawResult> Send(
        string method, byte[] body, string? contentType = "application/grpc", string? te = "trailers",
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Content = new ByteArrayContent(body),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (contentType is not null)
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (te is not null)
            request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue(te));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var response = await _http.SendAsync(request);
        return new RawResult(response, await response.Content.ReadAsByteArrayAsync());
    }

    public void Dispose() => _http.Dispose();
}
