using System.Net;
using System.Text;

namespace CrmKpi.EndToEnd.Tests.Cli;

/// <summary>
/// A server that keeps event lines by their bytes, as the log does by their ids, and breaks down when it is told to: for what a
/// client does about failures that a real server has only now and then.
/// </summary>
internal sealed class FakeServer : HttpMessageHandler
{
    private readonly HashSet<string> _stored = [];
    private readonly Queue<Func<HttpResponseMessage?>> _failures = new();

    /// <summary>Requests that came, failed ones included.</summary>
    public int Requests { get; private set; }

    /// <summary>Different events stored.</summary>
    public int Stored => _stored.Count;

    /// <summary>Lines received, repeated ones included.</summary>
    public int Lines { get; private set; }

    /// <summary>The next request fails: with an answer, or with a broken connection (null).</summary>
    public void Fail(HttpStatusCode? status, string body = "") => _failures.Enqueue(() => status is { } code
        ? new HttpResponseMessage(code) { Content = new StringContent(body) }
        : throw new HttpRequestException("The connection was reset."));

    /// <summary>The database was replaced by an empty one.</summary>
    public void Forget() => _stored.Clear();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests++;
        var body = await request.Content!.ReadAsStringAsync(cancellationToken);
        if (_failures.TryDequeue(out var fail))
            return fail()!;
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Lines += lines.Length;
        var added = lines.Count(_stored.Add);
        return new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(
                $$"""{"accepted":{{added}},"duplicates":{{lines.Length - added}},"rejectedCount":0,"rejected":[],"sequence":{{_stored.Count}}}""",
                Encoding.UTF8, "application/json"),
        };
    }
}
