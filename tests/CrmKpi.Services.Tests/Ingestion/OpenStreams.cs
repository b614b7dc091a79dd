using System.IO.Pipelines;
using System.Net;
using System.Text;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Event streams that stay open while a test goes on.</summary>
internal sealed class OpenStreams(Installation crm, HttpClient? client = null) : IAsyncDisposable
{
    private readonly List<(PipeWriter Body, Task<HttpResponseMessage> Answer)> _open = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Opens a stream and waits until the service has stored its first event.</summary>
    public async Task<PipeWriter> Open(string tenant)
    {
        var pipe = new Pipe();
        var content = new PipeContent(pipe.Reader);
        content.Headers.TryAddWithoutValidation("Content-Type", HttpExtensions.Lines);
        var answer = (client ?? crm.Admin).PostAsync($"/v1/tenants/{tenant}/events", content, _stop.Token);
        _open.Add((pipe.Writer, answer));
        var id = Guid.NewGuid().ToString("N");
        // A proxy passes HTTP/1.1 bodies on in pieces of some kilobytes: blanks make up for what a single event lacks.
        await Write(pipe.Writer, SampleEvents.Lead(id) + "\n" + new string(' ', 8_192) + "\n");
        // A silent stream has what came appended: then it holds its room for sure.
        for (var polls = 1; await crm.LogLength(tenant, $"lead/{id}") == 0; polls++)
        {
            Assert.False(answer.IsCompleted, "the stream was answered before its end");
            await Task.Delay(50);
            // What lies in somebody's buffer needs a push.
            if (polls % 20 == 0)
                await Write(pipe.Writer, new string(' ', 8_192) + "\n");
        }
        return pipe.Writer;
    }

    public static async Task Write(PipeWriter body, string text) => await body.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Ends all bodies and returns the answers.</summary>
    public async Task<IReadOnlyList<HttpResponseMessage>> Close()
    {
        foreach (var (body, _) in _open)
            await body.CompleteAsync();
        var answers = await Task.WhenAll(_open.Select(o => o.Answer));
        _open.Clear();
        return answers;
    }

    /// <summary>Cuts all connections, as a client that crashes.</summary>
    public async Task Abort()
    {
        await _stop.CancelAsync();
        foreach (var (_, answer) in _open)
            await Assert.ThrowsAnyAsync<Exception>(() => answer);
        _open.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _stop.Dispose();
    }

    private sealed class PipeContent(PipeReader body) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            while (true)
            {
                var read = await body.ReadAsync(cancellationToken);
                foreach (var segment in read.Buffer)
                    await stream.WriteAsync(segment, cancellationToken);
                await stream.FlushAsync(cancellationToken);
                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
