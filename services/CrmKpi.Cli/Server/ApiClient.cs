using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace CrmKpi.Cli.Server;

/// <summary>The gateway's REST interface. Every failure is an <see cref="ApiException"/>.</summary>
public sealed class ApiClient : IDisposable
{
    private const int AnswerBytesMax = 256 * 1024 * 1024;
    private static readonly TimeSpan RequestTimeMax = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http;

    /// <param name="server">Base address of the gateway.</param>
    /// <param name="key">The key; null = none is sent.</param>
    /// <param name="handler">Who carries the requests; null = the network.</param>
    public ApiClient(Uri server, string? key, HttpMessageHandler? handler = null)
    {
        Server = server;
        _http = new HttpClient(handler ?? new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            BaseAddress = server,
            Timeout = RequestTimeMax,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Base address of the gateway.</summary>
    public Uri Server { get; }

    public Task<JsonElement> Get(string path, CancellationToken ct) => Json(HttpMethod.Get, path, null, ct);

    public Task<JsonElement> Put(string path, string json, CancellationToken ct) => Json(HttpMethod.Put, path, json, ct);

    public Task<JsonElement> Post(string path, string? json, CancellationToken ct) => Json(HttpMethod.Post, path, json, ct);

    public Task<JsonElement> Delete(string path, CancellationToken ct) => Json(HttpMethod.Delete, path, null, ct);

    /// <summary>An answer as text, for example CSV.</summary>
    public async Task<string> GetText(string path, string accept, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        return await Send(request, ct);
    }

    /// <summary>Sends events as NDJSON; the answer comes when they are durable.</summary>
    public async Task<JsonElement> PostEvents(string tenant, ReadOnlyMemory<byte> lines, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/tenants/{Uri.EscapeDataString(tenant)}/events")
        {
            Content = new ReadOnlyMemoryContent(lines)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/x-ndjson") },
            },
        };
        return Parse(await Send(request, ct));
    }

    private async Task<JsonElement> Json(HttpMethod method, string path, string? json, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        var text = await Send(request, ct);
        return text.Length == 0 ? default : Parse(text);
    }

    private async Task<string> Send(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            using var response = await _http.SendAsync(request, ct);
            var text = await response.Content.ReadAsStringAsync(ct);
            if (response.IsSuccessStatusCode)
                return text;
            throw new ApiException(ApiProblem.Read((int)response.StatusCode, text) with
            {
                RetryAfter = response.Headers.RetryAfter?.Delta,
            });
        }
        catch (Exception e) when (e is HttpRequestException or IOException
            || (e is TaskCanceledException && !ct.IsCancellationRequested))
        {
            throw new ApiException(new ApiProblem(0, "no_answer",
                $"The server {Server} gives no answer: {e.GetBaseException().Message} Is it running, and is the address right (--server)?"), e);
        }
    }

    private static JsonElement Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException e)
        {
            throw new ApiException(new ApiProblem(0, "not_json",
                "The server's answer is not JSON. Is the address (--server) that of a CrmKpi gateway?"), e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
