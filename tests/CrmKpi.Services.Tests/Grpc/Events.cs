using CloudNative.CloudEvents.V1;
using CrmKpi.V1;
using Google.Protobuf.WellKnownTypes;
using Attribute = CloudNative.CloudEvents.V1.CloudEvent.Types.CloudEventAttributeValue;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>CloudEvents as messages.</summary>
internal static class Events
{
    public static readonly DateTime Time = new(2025, 3, 1, 6, 30, 0, DateTimeKind.Utc);

    /// <summary>A valid event.</summary>
    public static CloudEvent Lead(string id, string data = """{"source":"ads"}""") => new()
    {
        Id = id,
        Source = "test",
        SpecVersion = "1.0",
        Type = "lead.created",
        TextData = data,
        Attributes =
        {
            ["subject"] = new Attribute { CeString = $"lead/{id}" },
            ["time"] = new Attribute { CeTimestamp = Timestamp.FromDateTime(Time) },
        },
    };

    /// <summary>A valid event, changed.</summary>
    public static CloudEvent Lead(string id, Action<CloudEvent> change)
    {
        var lead = Lead(id);
        change(lead);
        return lead;
    }

    public static AppendRequest Request(string tenant, params IEnumerable<CloudEvent> events) =>
        new() { Tenant = tenant, Events = { events } };

    public static AppendStreamRequest Batch(string tenant, long id, params IEnumerable<CloudEvent> events) =>
        new() { Tenant = tenant, BatchId = id, Events = { events } };

    public static IEnumerable<CloudEvent> Leads(int count, string prefix) =>
        Enumerable.Range(0, count).Select(i => Lead($"{prefix}{i}"));
}
