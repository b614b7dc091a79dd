using System.Buffers.Binary;
using CrmKpi.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CrmKpi.EndToEnd.Tests.Fuzz;

/// <summary>A gRPC call: a path, and the frames that are its body.</summary>
internal sealed record FuzzCall(string Path, byte[] Body);

/// <summary>Right calls of every method, for <see cref="Mutator"/> to spoil.</summary>
internal static class CallCorpus
{
    private const string Event =
        """
        {"id":"call-1","source":"fuzz","specVersion":"1.0","type":"lead.created","attributes":{
        "subject":{"ceString":"lead/call-1"},"time":{"ceTimestamp":"2026-01-05T10:00:00Z"}},"textData":"{\"manager\":\"ann\"}"}
        """;

    private const string Question =
        """
        {"kpis":["revenue","win_rate"],"from":"2024-03-01","to":"2024-06-01","groupBy":["manager"],
        "filters":[{"dimension":"pipeline","values":["main","other"]}],"pageSize":5}
        """;

    /// <summary>At least one of each method, about a tenant.</summary>
    public static IReadOnlyList<FuzzCall> Calls(string tenant)
    {
        Dictionary<string, string[]> messages = new()
        {
            ["Append"] = [$$"""{"tenant":"{{tenant}}","events":[{{Event}},{{Event}}]}"""],
            ["AppendStream"] =
            [
                $$"""{"tenant":"{{tenant}}","batchId":"1","events":[{{Event}}]}""", $$"""{"batchId":"2","events":[{{Event}}]}""",
            ],
            ["GetKpis"] = [$$"""{"tenant":"{{tenant}}","question":{{Question}}}"""],
            ["Watch"] = [$$"""{"tenant":"{{tenant}}","question":{{Question}}}"""],
            ["ListCatalogue"] = [$$"""{"tenant":"{{tenant}}"}"""],
            ["GetFunnel"] = [$$"""{"tenant":"{{tenant}}","pipeline":"main","from":"2024-03-01","to":"2024-06-01"}"""],
            ["Explain"] = [$$"""{"tenant":"{{tenant}}","kpi":"win_rate","from":"2024-03-01","to":"2024-06-01"}"""],
        };
        return
        [
            .. EventIngestionReflection.Descriptor.Services.Concat(KpiQueryReflection.Descriptor.Services)
                .SelectMany(service => service.Methods)
                .Select(method => new FuzzCall(
                    $"/{method.Service.FullName}/{method.Name}",
                    [.. messages[method.Name].SelectMany(json => Frame(method, json))])),
        ];
    }

    private static byte[] Frame(MethodDescriptor method, string json)
    {
        var message = method.InputType.Parser.ParseJson(json).ToByteArray();
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }
}
