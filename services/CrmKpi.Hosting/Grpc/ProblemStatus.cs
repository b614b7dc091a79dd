using System.Buffers;
using System.Text.Json;
using CrmKpi.Hosting.Problems;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;

namespace CrmKpi.Hosting.Grpc;

/// <summary>
/// What a <see cref="Problem"/> is to a gRPC caller: its detail is the message; its code the reason of an <c>ErrorInfo</c>, its
/// other members that one's metadata; parameter or pointer a <c>BadRequest</c>, the time to wait a <c>RetryInfo</c>.
/// </summary>
internal static class ProblemStatus
{
    public static RpcException Of(Problem problem)
    {
        var info = new ErrorInfo { Reason = problem.Code, Domain = RichError.Domain };
        if (problem.Allowed is { } allowed)
            info.Metadata["allowed"] = string.Join(", ", allowed);
        if (problem.Members is { } members)
            AddMembers(info, members);
        List<IMessage> details = [info];
        if ((problem.Parameter ?? problem.Pointer) is { } field)
            details.Add(new BadRequest
            {
                FieldViolations = { new BadRequest.Types.FieldViolation { Field = field, Description = problem.Detail } },
            });
        if (problem.RetryAfter is { } wait)
            details.Add(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) });
        return RichError.Of(CodeOf(problem), problem.Detail, details);
    }

    private static StatusCode CodeOf(Problem problem) => problem.Status switch
    {
        400 => StatusCode.InvalidArgument,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        // Nothing at this address: no such service or method.
        404 when problem.Code == KnownProblems.NothingHere => StatusCode.Unimplemented,
        404 => StatusCode.NotFound,
        405 => StatusCode.Unimplemented,
        408 or 504 => StatusCode.DeadlineExceeded,
        409 => StatusCode.Aborted,
        413 or 429 or 431 => StatusCode.ResourceExhausted,
        422 => StatusCode.FailedPrecondition,
        502 or 503 => StatusCode.Unavailable,
        >= 500 => StatusCode.Internal,
        _ => StatusCode.Unknown,
    };

    private static void AddMembers(ErrorInfo info, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        foreach (var member in document.RootElement.EnumerateObject())
            info.Metadata[member.Name] = member.Value.ToString();
    }
}
