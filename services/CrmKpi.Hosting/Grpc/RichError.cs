using CrmKpi.Hosting.Problems;
using Google.Protobuf;
using Google.Rpc;

namespace CrmKpi.Hosting.Grpc;

/// <summary>Errors with details that programs can read: <c>google.rpc.Status</c>.</summary>
public static class RichError
{
    /// <summary>The <c>domain</c> of every <c>google.rpc.ErrorInfo</c>.</summary>
    public const string Domain = "crmkpi";

    // All details have to fit into a trailer (StatusTrailers): the first violations go before the rest.
    private const int ViolationsBytesMax = 2 * 1024;

    /// <summary>INVALID_ARGUMENT with the fields that are wrong.</summary>
    /// <param name="message">The sum of it.</param>
    /// <param name="violations">
    /// Path of the field (<c>events[2].time</c>) and what is wrong with it; as many as a trailer holds are sent.
    /// </param>
    public static RpcException BadRequest(string message, IEnumerable<(string Field, string Description)> violations)
    {
        var details = new BadRequest();
        foreach (var (field, description) in violations)
        {
            details.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = field, Description = description });
            if (details.CalculateSize() <= ViolationsBytesMax)
                continue;
            details.FieldViolations.RemoveAt(details.FieldViolations.Count - 1);
            break;
        }
        return Of(StatusCode.InvalidArgument, message, details);
    }

    /// <summary>Any status with any details.</summary>
    public static RpcException Of(StatusCode code, string message, params IReadOnlyList<IMessage> details) =>
        new(new Status(code, message)) { Details = details };

    /// <summary>A problem of the REST side as a status: the same text, the same code.</summary>
    public static RpcException Of(Problem problem) => ProblemStatus.Of(problem);
}
