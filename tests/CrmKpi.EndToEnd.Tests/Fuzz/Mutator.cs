using System.Globalization;
using System.Text;

namespace CrmKpi.EndToEnd.Tests.Fuzz;

/// <summary>
/// Spoils requests, the same way for the same seed: bytes of the body, values of its JSON, lines of NDJSON, parameters of the query,
/// the path, headers; sometimes several at once. Most stay near enough to a right one to get past the first check.
/// </summary>
public sealed class Mutator(int seed)
{
    /// <summary>What has hurt programs before.</summary>
    private static readonly string[] Values =
    [
        "", " ", "0", "-1", "00", "1e309", "-1e309", "9223372036854775807", "9223372036854775808", "79228162514264337593543950336",
        "0.00000000000000000000000000001", "NaN", "Infinity", "null", "true", "[]", "{}", "\"\"", "\\u0000", "\\ud800", "\\u202e",
        "2025-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "10000-01-01", "2025-03-04T15:30:00", "2025-03-04T25:00:00Z",
        "2025-03-04T15:30:00+99:00", "%00", "%ff", "%", "%2e%2e%2f", "../../etc/passwd", "' OR 1=1 --", "*", "(blank)", "a,b,,c", ":",
        "pipeline:", "revenue.p90", "lead_conversion.within999999", "none", "day", "\t", "\u00e9\u4e2d", "<script>", "${x}", "{{x}}",
        new string('a', 300), new string('9', 400), new string('[', 200), new string(',', 500),
    ];

    private static readonly string[] HeaderNames =
    [
        "Authorization", "X-Api-Key", "Content-Type", "Content-Length", "Content-Encoding", "Accept", "Accept-Encoding",
        "If-None-Match", "X-Request-Id", "Transfer-Encoding", "Expect", "Host", "Connection", "Cookie", "Range", "traceparent",
        "Last-Event-ID", "Origin", "X-Forwarded-For", "X-HTTP-Method-Override",
    ];

    private static readonly string[] HeaderValues =
    [
        "", "application/json", "application/x-ndjson", "application/cloudevents+json", "application/cloudevents-batch+json",
        "application/grpc", "text/csv", "*/*;q=nonsense", "gzip", "br", "identity;q=0, *;q=0", "chunked", "100-continue", "W/\"1-2\"",
        "\"", "Bearer", "Bearer x", "Basic !!!!", "Basic OjpA", "crmkpi_0000000000000000_00", "bytes=0-", "close", "Upgrade", "h2c",
        "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01", "null", "-1", "99999999999999999999", "\u00ff\u00fe",
        new string('h', 2_000), new string('c', 40_000),
    ];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "QUERY"];

    private readonly Random _random = new(seed);

    /// <summary>One of the corpus, spoilt.</summary>
    public RawRequest Next(IReadOnlyList<RawRequest> corpus)
    {
        var request = corpus[_random.Next(corpus.Count)];
        for (var times = 1 + _random.Next(3); times > 0; times--)
            request = Spoil(request, corpus);
        return request;
    }

    private RawRequest Spoil(RawRequest request, IReadOnlyList<RawRequest> corpus) => _random.Next(request.Body.Length > 0 ? 12 : 6) switch
    {
        0 => request with { Target = SpoilQuery(request.Target) },
        1 => request with { Target = SpoilQuery(request.Target) },
        2 => request with { Target = SpoilText(request.Target) },
        3 => request.With(Pick(HeaderNames), _random.Next(6) == 0 ? null : Pick(HeaderValues)),
        4 => request with { Headers = [.. request.Headers, (Pick(HeaderNames), Pick(HeaderValues))] },
        5 => _random.Next(4) == 0
            ? request with { Method = Pick(Methods) }
            : request with { Target = SpoilQuery(request.Target) },
        6 => request with { Body = corpus[_random.Next(corpus.Count)].Body },
        7 or 8 => request with { Body = SpoilBytes(request.Body) },
        _ => request with { Body = Encoding.UTF8.GetBytes(SpoilJson(Encoding.UTF8.GetString(request.Body))) },
    };

    /// <summary>Spoils bytes: what is done to protobuf frames, too.</summary>
    public byte[] SpoilBytes(byte[] body)
    {
        var bytes = body.ToList();
        for (var times = 1 + _random.Next(4); times > 0; times--)
        {
            var at = _random.Next(bytes.Count + 1);
            switch (_random.Next(5))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1:
                    bytes.Insert(at, (byte)_random.Next(256));
                    break;
                case 2 when at < bytes.Count:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + _random.Next(8)));
                    break;
                case 3 when at < bytes.Count:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + _random.Next(64))));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }

    // Replaces, doubles or removes what stands between two marks of JSON; or puts a value deep into arrays.
    private string SpoilJson(string json)
    {
        if (json.Length == 0)
            return Pick(Values);
        if (_random.Next(40) == 0)
            return string.Concat(Enumerable.Repeat("""{"data":[""", 1 + _random.Next(2_000)));
        var from = json.IndexOfAny([':', ',', '{', '['], _random.Next(json.Length));
        if (from < 0)
            return json + Pick(Values);
        var to = json.IndexOfAny([',', '}', ']', '\n'], from + 1);
        if (to < 0)
            to = json.Length;
        var part = json[(from + 1)..to];
        return string.Concat(json.AsSpan(0, from + 1), _random.Next(4) switch
        {
            0 => "",
            1 => part + "," + part,
            2 => "\"" + Pick(Values) + "\"",
            _ => Pick(Values),
        }, json.AsSpan(to));
    }

    private string SpoilQuery(string target)
    {
        var parts = target.Split('?', 2);
        var parameters = parts.Length == 2 ? parts[1].Split('&').ToList() : [];
        if (parameters.Count == 0)
            return $"{parts[0]}?{Pick(["from", "limit", "after", "kpi", "page"])}={Uri.EscapeDataString(Pick(Values))}";
        var at = _random.Next(parameters.Count);
        var name = parameters[at].Split('=')[0];
        var value = _random.Next(5) == 0 ? Pick(Values).Replace(' ', '+') : Uri.EscapeDataString(Pick(Values));
        switch (_random.Next(5))
        {
            case 0:
                parameters.RemoveAt(at);
                break;
            case 1:
                parameters.Add(parameters[at]);
                break;
            case 2:
                parameters[at] = SpoilText(parameters[at]);
                break;
            default:
                parameters[at] = $"{name}={value}";
                break;
        }
        return $"{parts[0]}?{string.Join('&', parameters)}";
    }

    private string SpoilText(string text)
    {
        // The first character stays: a target that does not begin with a slash is another kind of request.
        var at = text.Length == 0 ? 0 : _random.Next(1, text.Length + 1);
        return _random.Next(4) switch
        {
            0 => text.Insert(at, ((char)_random.Next(33, 256)).ToString()),
            1 => text.Insert(at, string.Create(CultureInfo.InvariantCulture, $"%{_random.Next(256):x2}")),
            2 => at < text.Length ? text.Remove(at, 1) : text,
            _ => text[..at],
        };
    }

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
