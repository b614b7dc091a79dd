using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrmKpi.Hosting.Grpc;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace CrmKpi.Hosting.Problems;

/// <summary>
/// An error as RFC 9457 problem details. <paramref name="Code"/> is stable and machine-readable, and the end of the
/// <c>type</c> (<c>urn:crmkpi:problem:&lt;code&gt;</c>). A gRPC caller gets it as a status.
/// </summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">For example <c>unknown_kpi</c>.</param>
/// <param name="Detail">What was wrong, where, and what to do; never a secret, never another tenant's data.</param>
public sealed record Problem(int Status, string Code, string Detail) : IResult
{
    /// <summary>The media type.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>
    /// How to show a credential, in every 401. Basic comes first: it is what Excel, Power BI and browsers can ask their
    /// user for.
    /// </summary>
    public static readonly StringValues Challenges = new(["Basic realm=\"CrmKpi\", charset=\"UTF-8\"", "Bearer"]);

    /// <summary>The same, with what is wrong with the token that was shown (RFC 6750).</summary>
    public static StringValues ChallengesWith(string reason) =>
        new([Challenges[0], $"Bearer error=\"invalid_token\", error_description=\"{reason}\""]);

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON pointer into the request's body.</summary>
    public string? Pointer { get; init; }

    /// <summary>The query parameter or header that is wrong.</summary>
    public string? Parameter { get; init; }

    /// <summary>The values that would have been right.</summary>
    public IReadOnlyList<string>? Allowed { get; init; }

    /// <summary>When to try again: <c>Retry-After</c>, in whole seconds, rounded up.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Further members, written into the open object.</summary>
    public Action<Utf8JsonWriter>? Members { get; init; }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (Wire.IsGrpc(httpContext.Request))
        {
            StatusTrailers.Answer(response, ProblemStatus.Of(this));
            return Task.CompletedTask;
        }
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (Status == StatusCodes.Status401Unauthorized && response.Headers.WWWAuthenticate.Count == 0)
            response.Headers.WWWAuthenticate = Challenges;
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter =
                Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

        var body = ToJson();
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }

    /// <summary>The problem as a JSON object on one line.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body, WriterOptions))
            Write(json);
        return body.WrittenMemory;
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", $"urn:crmkpi:problem:{Code}");
        json.WriteString("title", ReasonPhrases.GetReasonPhrase(Status));
        json.WriteNumber("status", Status);
        json.WriteString("code", Code);
        json.WriteString("detail", Detail);
        if (Pointer is not null)
            json.WriteString("pointer", Pointer);
        if (Parameter is not null)
            json.WriteString("parameter", Parameter);
        if (Allowed is not null)
        {
            json.WriteStartArray("allowed");
            foreach (var value in Allowed)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }
        Members?.Invoke(json);
        json.WriteEndObject();
    }
}

/// <summary>Ends a request with a problem from anywhere below an endpoint.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>What the caller is told.</summary>
    public Problem Problem { get; } = problem;
}
