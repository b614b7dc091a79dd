using System.Globalization;
using System.Net.Http.Headers;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CrmKpi.Testing.Grpc;

/// <summary>How a call ended.</summary>
/// <param name="Code">The number of the status.</param>
/// <param name="Message">The text of it.</param>
/// <param name="Details">The whole of it, when there are details.</param>
/// <param name="Metadata">Headers and trailers of the answer.</param>
public sealed record GrpcStatus(int Code, string Message, Google.Rpc.Status? Details, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>A detail, or null when there is none of its type.</summary>
    public TDetail? Detail<TDetail>() where TDetail : class, IMessage<TDetail>, new()
    {
        MessageDescriptor type = new TDetail().Descriptor;
        return Details?.Details.FirstOrDefault(d => d.Is(type))?.Unpack<TDetail>();
    }

    /// <summary>The status of an answer that was read to its end.</summary>
    internal static GrpcStatus Of(HttpResponseMessage answer)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var headers in (HttpHeaders[])[answer.Headers, answer.TrailingHeaders])
            foreach (var (name, values) in headers)
                metadata[name] = string.Join(", ", values);
        if (!metadata.TryGetValue("grpc-status", out var code))
            throw new InvalidDataException($"The answer ({(int)answer.StatusCode}) has no grpc-status.");
        return new GrpcStatus(
            int.Parse(code, CultureInfo.InvariantCulture), Uri.UnescapeDataString(metadata.GetValueOrDefault("grpc-message", "")),
            metadata.TryGetValue("grpc-status-details-bin", out var details)
                ? Google.Rpc.Status.Parser.ParseFrom(Convert.FromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '=')))
                : null,
            metadata);
    }
}

/// <summary>The answer to a call with one message each way.</summary>
/// <param name="Response">Null when the call failed.</param>
public sealed record GrpcReply<TResponse>(TResponse? Response, GrpcStatus Status)
{
    /// <summary>The response of a call that must not have failed.</summary>
    public TResponse Ok => Response is not null && Status.Code == 0
        ? Response : throw new InvalidOperationException($"The call failed with {Status.Code}: {Status.Message}");
}
