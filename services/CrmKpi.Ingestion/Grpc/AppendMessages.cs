using CrmKpi.Hosting.Grpc;
using CrmKpi.Ingestion.Events;
using CrmKpi.V1;
using Google.Rpc;
using StatusCode = CrmKpi.Hosting.Grpc.StatusCode;

namespace CrmKpi.Ingestion.Grpc;

/// <summary>What became of events, as messages.</summary>
internal static class AppendMessages
{
    // Details of a status go into a trailer, which holds a few kilobytes in all.
    private const int ViolationsBytesMax = 3 * 1024;

    public static AppendResponse Of(IntakeTally tally, int rejectedMax = IntakeTally.RejectedListedMax)
    {
        var message = new AppendResponse
        {
            Accepted = tally.Accepted,
            Duplicates = tally.Duplicates,
            RejectedCount = tally.RejectedCount,
            Sequence = tally.Sequence,
        };
        foreach (var rejected in tally.Rejected.Take(rejectedMax))
            message.Rejected.Add(new V1.RejectedEvent
            {
                Index = rejected.Index,
                Id = rejected.Id ?? "",
                Code = rejected.Code,
                Detail = rejected.Detail,
                Pointer = rejected.Pointer ?? "",
            });
        return message;
    }

    /// <summary>The end of a request of which nothing was kept: REST's problem, with each event as a violation and the counts.</summary>
    public static RpcException AllRejected(IntakeTally tally)
    {
        var problem = EventIntakeEndpoint.AllRejected(tally);
        var violations = new BadRequest();
        foreach (var rejected in tally.Rejected)
        {
            var violation = new BadRequest.Types.FieldViolation
            {
                Field = FieldOf(rejected),
                Description = rejected.Detail,
                Reason = rejected.Code,
            };
            if (violations.CalculateSize() + violation.CalculateSize() > ViolationsBytesMax)
                break;
            violations.FieldViolations.Add(violation);
        }
        return RichError.Of(
            StatusCode.FailedPrecondition, problem.Detail, new ErrorInfo { Reason = problem.Code, Domain = RichError.Domain },
            Of(tally, rejectedMax: 0), violations);
    }

    /// <summary>The path of the field that a JSON pointer into an event means.</summary>
    public static string FieldOf(Events.RejectedEvent rejected)
    {
        var place = $"events[{rejected.Index}]";
        return rejected.Pointer switch
        {
            null or "" => place,
            "/specversion" => $"{place}.spec_version",
            "/id" or "/source" or "/type" => $"{place}.{rejected.Pointer[1..]}",
            "/data" or "/data_base64" => $"{place}.data",
            var pointer when pointer.StartsWith("/data/", StringComparison.Ordinal) => $"{place}.data{pointer["/data".Length..]}",
            var pointer => $"{place}.attributes[{pointer[1..]}]",
        };
    }
}
