using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace CrmKpi.EndToEnd.Tests.Fuzz;

/// <summary>What came back.</summary>
/// <param name="Status">0 = the server closed the connection without an answer.</param>
/// <param name="Body">Of an error: its text; else empty.</param>
public sealed record RawAnswer(int Status, string Head, string Body)
{
    /// <summary>No answer: the connection was closed.</summary>
    public static RawAnswer Closed { get; } = new(0, "", "");
}

/// <summary>A connection that sends any bytes and reads HTTP/1.1 answers; opened again whenever the server closes it.</summary>
public sealed class RawConnection(Uri server) : IDisposable
{
    private const int HeadBytesMax = 64 * 1024;
    private const int ErrorBytesMax = 64 * 1024;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private TcpClient? _client;
    private int _start;
    private int _end;

    /// <summary>Sends bytes and reads one final answer (1xx are passed over).</summary>
    /// <param name="lastOfConnection">Closes the sending half: what the server waits for will not come.</param>
    public async Task<RawAnswer> Send(byte[] bytes, bool isHead, bool lastOfConnection, CancellationToken ct)
    {
        try
        {
            var stream = await Open(ct);
            await stream.WriteAsync(bytes, ct);
            if (lastOfConnection)
                _client!.Client.Shutdown(SocketShutdown.Send);
            var answer = await Read(stream, isHead, ct);
            if (lastOfConnection)
                Close();
            return answer;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Also in the middle of sending: the server had read enough.
            Close();
            return RawAnswer.Closed;
        }
    }

    public void Dispose() => Close();

    private void Close()
    {
        _client?.Dispose();
        _client = null;
    }

    private async Task<NetworkStream> Open(CancellationToken ct)
    {
        if (_client is null)
        {
            _client = new TcpClient { NoDelay = true };
            await _client.ConnectAsync(server.Host, server.Port, ct);
            (_start, _end) = (0, 0);
        }
        return _client.GetStream();
    }

    private async Task<RawAnswer> Read(NetworkStream stream, bool isHead, CancellationToken ct)
    {
        while (true)
        {
            if (await ReadHead(stream, ct) is not { } head)
            {
                Close();
                return RawAnswer.Closed;
            }
            var status = int.Parse(head.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
            if (status is >= 100 and < 200)
                continue;
            var keep = status >= 400;
            var body = new StringBuilder();
            if (!isHead && status is not (204 or 304))
                await ReadBody(stream, head, keep ? body : null, ct);
            if (Value(head, "Connection")?.Equals("close", StringComparison.OrdinalIgnoreCase) == true)
                Close();
            return new RawAnswer(status, head, body.ToString());
        }
    }

    private async Task<string?> ReadHead(NetworkStream stream, CancellationToken ct)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (head.Length > HeadBytesMax)
                throw new InvalidDataException("The answer's head does not end.");
            if (await Next(stream, ct) is not { } next)
                return null;
            head.Append((char)next);
        }
        return head.ToString();
    }

    private async Task ReadBody(NetworkStream stream, string head, StringBuilder? kept, CancellationToken ct)
    {
        if (Value(head, "Transfer-Encoding") is not null)
        {
            while (await ReadLine(stream, ct) is var line)
            {
                var size = int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                await Skip(stream, size, kept, ct);
                await ReadLine(stream, ct);
                if (size == 0)
                    return;
            }
        }
        if (Value(head, "Content-Length") is { } length)
            await Skip(stream, long.Parse(length, CultureInfo.InvariantCulture), kept, ct);
        else
            while (await Next(stream, ct) is { } next)
                kept?.Append((char)next);
    }

    private async Task<string> ReadLine(NetworkStream stream, CancellationToken ct)
    {
        var line = new StringBuilder();
        while (await Next(stream, ct) is { } next && next != '\n')
            line.Append((char)next);
        return line.ToString().TrimEnd('\r');
    }

    private async Task Skip(NetworkStream stream, long bytes, StringBuilder? kept, CancellationToken ct)
    {
        for (; bytes > 0; bytes--)
        {
            if (await Next(stream, ct) is not { } next)
                throw new IOException("The answer was cut.");
            if (kept?.Length < ErrorBytesMax)
                kept.Append((char)next);
        }
    }

    private async ValueTask<byte?> Next(NetworkStream stream, CancellationToken ct)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, await stream.ReadAsync(_buffer, ct));
            if (_end == 0)
                return null;
        }
        return _buffer[_start++];
    }

    private static string? Value(string head, string name)
    {
        var at = head.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return null;
        at += name.Length + 3;
        return head[at..head.IndexOf("\r\n", at, StringComparison.Ordinal)].Trim();
    }
}
