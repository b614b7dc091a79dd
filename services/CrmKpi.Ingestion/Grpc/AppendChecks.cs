using CloudNative.CloudEvents.V1;
using CrmKpi.EventLog;
using CrmKpi.Hosting.Problems;
using Google.Protobuf.Collections;

namespace CrmKpi.Ingestion.Grpc;

/// <summary>What is asked of the events of a message before they are looked at one by one.</summary>
internal static class AppendChecks
{
    private const int BytesMin = 4 * 1024;

    // A message is in memory as objects, whose texts have two bytes a character, and as JSON.
    private const int BytesPerByte = 3;

    /// <summary>The bytes that a message of this size takes while it is taken in.</summary>
    public static long BytesInMemory(int messageBytes) => Math.Max(BytesMin, (long)BytesPerByte * messageBytes);

    /// <summary>Refuses a message with more events than go into one transaction.</summary>
    public static RepeatedField<CloudEvent> RequireFewEnough(RepeatedField<CloudEvent> events) =>
        events.Count <= AppendLimits.RequestEventsMax
            ? events
            : throw new ProblemException(KnownProblems.OfStatus(StatusCodes.Status413PayloadTooLarge) with
            {
                Detail = $"A message may have {AppendLimits.RequestEventsMax} events at most, not {events.Count}; nothing of it was "
                    + "read in. Send several batches by AppendStream.",
                Parameter = "events",
            });
}
