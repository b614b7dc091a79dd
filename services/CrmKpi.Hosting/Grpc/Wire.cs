using System.Globalization;
using System.Text;
using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Grpc;

/// <summary>Names and notations of gRPC over HTTP/2.</summary>
internal static class Wire
{
    public const string ContentType = "application/grpc";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Timeout = "grpc-timeout";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Details = "grpc-status-details-bin";
    public const string Identity = "identity";
    public const string Gzip = "gzip";
    public const string EncodingsRead = $"{Identity},{Gzip}";

    // Five bytes before each message: 1 compressed, 4 length.
    public const int FrameHeaderBytes = 5;

    private const int TimeoutDigitsMax = 8;

    /// <summary>True when the request speaks gRPC, so that every answer has to.</summary>
    public static bool IsGrpc(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && IsHttp2(request) && IsGrpcType(request.ContentType);

    /// <summary>Why a request to a method is no gRPC at all; null when it is.</summary>
    public static Problem? Refusal(HttpRequest request)
    {
        if (!IsHttp2(request))
            return KnownProblems.OfStatus(StatusCodes.Status426UpgradeRequired) with { Detail = "A gRPC method needs HTTP/2." };
        return IsGrpcType(request.ContentType)
            ? null
            : KnownProblems.OfStatus(StatusCodes.Status415UnsupportedMediaType) with
            {
                Detail = $"A gRPC method takes {ContentType} or {ContentType}+proto.",
            };
    }

    /// <summary>Reads <c>grpc-timeout</c>: up to eight digits and a unit.</summary>
    /// <exception cref="RpcException">INTERNAL: it is something else.</exception>
    public static TimeSpan? ReadTimeout(string? header)
    {
        if (string.IsNullOrEmpty(header))
            return null;
        var digits = header.AsSpan(0, header.Length - 1);
        if (digits.Length is 0 or > TimeoutDigitsMax || digits.ContainsAnyExceptInRange('0', '9'))
            throw BadTimeout();
        var amount = long.Parse(digits, CultureInfo.InvariantCulture);
        return header[^1] switch
        {
            'H' => TimeSpan.FromHours(amount),
            'M' => TimeSpan.FromMinutes(amount),
            'S' => TimeSpan.FromSeconds(amount),
            'm' => TimeSpan.FromMilliseconds(amount),
            'u' => TimeSpan.FromMicroseconds(amount),
            'n' => TimeSpan.FromTicks(amount / TimeSpan.NanosecondsPerTick),
            _ => throw BadTimeout(),
        };
    }

    /// <summary>The text of a status as a header: UTF-8, percent-encoded but for printable ASCII.</summary>
    public static string EncodeMessage(string message)
    {
        var encoded = new StringBuilder(message.Length + 16);
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(message.Trim(' ')))
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return encoded.ToString();
    }

    private static bool IsHttp2(HttpRequest request) =>
        HttpProtocol.IsHttp2(request.Protocol) || HttpProtocol.IsHttp3(request.Protocol);

    private static bool IsGrpcType(string? type)
    {
        if (type is null)
            return false;
        var end = type.IndexOf(';', StringComparison.Ordinal);
        var name = (end < 0 ? type.AsSpan() : type.AsSpan(0, end)).Trim();
        return name.Equals(ContentType, StringComparison.OrdinalIgnoreCase)
            || name.Equals($"{ContentType}+proto", StringComparison.OrdinalIgnoreCase);
    }

    private static RpcException BadTimeout() => new(new Status(
        StatusCode.Internal, $"The header {Timeout} is not up to {TimeoutDigitsMax} digits and a unit out of H, M, S, m, u, n."));
}
