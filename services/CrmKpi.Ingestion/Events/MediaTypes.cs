using CrmKpi.Hosting.Problems;
using Microsoft.Net.Http.Headers;

namespace CrmKpi.Ingestion.Events;

/// <summary>How the events of a body are framed.</summary>
internal enum EventFraming { One, Batch, Lines }

/// <summary>The media types of the intake.</summary>
internal static class MediaTypes
{
    public const string One = "application/cloudevents+json";
    public const string Batch = "application/cloudevents-batch+json";
    public const string Lines = "application/x-ndjson";

    private static readonly string[] All = [One, Batch, Lines];

    /// <summary>The framing that the request states; throws 415 for another type, charset or encoding.</summary>
    public static (EventFraming Framing, bool Gzip) Read(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw Unsupported(request, "The request states no readable Content-Type.");
        EventFraming? framing = type.MediaType.Value?.ToLowerInvariant() switch
        {
            One => EventFraming.One,
            Batch => EventFraming.Batch,
            Lines => EventFraming.Lines,
            _ => null,
        };
        if (framing is null)
        {
            var hint = request.Headers.ContainsKey("ce-specversion")
                ? "CloudEvents in binary mode (ce- headers) are not supported. Send the event in structured mode."
                : $"'{type.MediaType}' is not a media type of events.";
            throw Unsupported(request, hint);
        }
        if (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw Unsupported(request, $"The charset '{type.Charset}' is not supported: events are UTF-8.");
        return (framing.Value, IsGzip(request));
    }

    private static bool IsGzip(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return false;
        if (encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase))
            return true;
        request.HttpContext.Response.Headers.AcceptEncoding = "gzip, identity";
        throw new ProblemException(new Problem(
            StatusCodes.Status415UnsupportedMediaType, "unsupported_encoding",
            "The Content-Encoding of a body must be gzip or absent.")
        {
            Parameter = HeaderNames.ContentEncoding,
            Allowed = ["gzip", "identity"],
        });
    }

    private static ProblemException Unsupported(HttpRequest request, string detail)
    {
        request.HttpContext.Response.Headers["Accept-Post"] = string.Join(", ", All);
        return new ProblemException(KnownProblems.OfStatus(StatusCodes.Status415UnsupportedMediaType) with
        {
            Detail = detail,
            Parameter = HeaderNames.ContentType,
            Allowed = All,
        });
    }
}
