using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace CrmKpi.Services.Tests.Access;

/// <summary>
/// A request whose body stays open while its answer is read: HttpClient looks for an answer only when all of the body is sent.
/// </summary>
internal sealed class RawStream : IAsyncDisposable
{
    private readonly TcpClient _client = new();
    private readonly NetworkStream _stream;

    private RawStream(Uri server)
    {
        _client.Connect(server.Host, server.Port);
        _stream = _client.GetStream();
    }

    public static async Task<RawStream> Post(string server, string path, string key, string mediaType)
    {
        var uri = new Uri(server);
        var raw = new RawStream(uri);
        await raw.Send(
            $"POST {path} HTTP/1.1\r\nHost: {uri.Authority}\r\nAuthorization: Bearer {key}\r\n" +
            $"Content-Type: {mediaType}\r\nTransfer-Encoding: chunked\r\n\r\n");
        return raw;
    }

    /// <summary>Sends a piece of the body.</summary>
    public Task Write(string text) =>
        Send(string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n"));

    /// <summary>True when something of the answer is there.</summary>
    public bool IsAnswered => _stream.DataAvailable;

    /// <summary>Waits for the answer: its status line with headers, and its body.</summary>
    public async Task<(string Head, JsonElement Body)> Answer()
    {
        var text = new StringBuilder();
        var buffer = new byte[8 * 1024];
        while (true)
        {
            var read = await _stream.ReadAsync(buffer);
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            var parts = text.ToString().Split("\r\n\r\n", 2);
            if (parts.Length == 2 && parts[1].EndsWith('}'))
                return (parts[0], JsonDocument.Parse(parts[1]).RootElement);
            Assert.True(read > 0, $"The connection ended in the middle of the answer: {text}");
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task Send(string text) => _stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();
}
