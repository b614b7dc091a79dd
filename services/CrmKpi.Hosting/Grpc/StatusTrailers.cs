using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Grpc;

/// <summary>The end of every call: status, message, details, and the metadata that goes with them.</summary>
internal static class StatusTrailers
{
    // Trailers are headers, of which some clients take 8 KiB in all.
    private const int MessageBytesMax = 1_024;
    private const int DetailsBytesMax = 4 * 1024;

    /// <summary>Answers a request for which no call was begun: all in the headers (Trailers-Only), no body.</summary>
    public static void Answer(HttpResponse response, RpcException failure)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = Wire.ContentType;
        response.ContentLength = null;
        response.Headers[Wire.AcceptEncoding] = Wire.EncodingsRead;
        Write(response.Headers, failure, new Metadata());
    }

    /// <summary>Writes the end of a call.</summary>
    /// <param name="destination">Trailers, or headers when nothing was sent yet.</param>
    /// <param name="failure">Null = OK.</param>
    /// <param name="trailers">Those of the call.</param>
    public static void Write(IHeaderDictionary destination, RpcException? failure, Metadata trailers)
    {
        trailers.WriteTo(destination);
        failure?.Trailers.WriteTo(destination);
        var status = failure?.Status ?? Status.Ok;
        destination[Wire.Status] = ((int)status.Code).ToString(CultureInfo.InvariantCulture);
        if (status.Message.Length > 0)
            destination[Wire.Message] = Wire.EncodeMessage(Shorten(status.Message));
        if (failure is { Details.Count: > 0 })
            destination[Wire.Details] = Metadata.Encode(Pack(failure).ToByteArray());
    }

    private static Google.Rpc.Status Pack(RpcException failure)
    {
        var packed = new Google.Rpc.Status { Code = (int)failure.Status.Code, Message = Shorten(failure.Status.Message) };
        foreach (var detail in failure.Details.Select(Any.Pack))
            if (packed.CalculateSize() + detail.CalculateSize() <= DetailsBytesMax)
                packed.Details.Add(detail);
        return packed;
    }

    // Counted in UTF-8, of which each byte may take three when it is encoded.
    private static string Shorten(string message)
    {
        const string cut = "…";
        if (message.Length <= MessageBytesMax / 3 || Encoding.UTF8.GetByteCount(message) <= MessageBytesMax)
            return message;
        var bytes = MessageBytesMax - Encoding.UTF8.GetByteCount(cut);
        var text = new StringBuilder();
        foreach (var rune in message.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
                break;
            text.Append(rune);
        }
        return text.Append(cut).ToString();
    }
}
