using CloudNative.CloudEvents.V1;
using Google.Protobuf.WellKnownTypes;
using Attribute = CloudNative.CloudEvents.V1.CloudEvent.Types.CloudEventAttributeValue;

namespace CrmKpi.Testing.Grpc;

/// <summary>Events of samples as gRPC sends them.</summary>
public static class SampleMessage
{
    /// <summary>The CloudEvent of an event.</summary>
    public static CloudEvent ToMessage(this SampleEvent e, string source) => new()
    {
        Id = e.Id,
        Source = source,
        SpecVersion = "1.0",
        Type = e.Type,
        TextData = e.Data,
        Attributes =
        {
            ["subject"] = new Attribute { CeString = e.Subject },
            ["time"] = new Attribute { CeTimestamp = Timestamp.FromDateTimeOffset(e.Time) },
        },
    };
}
