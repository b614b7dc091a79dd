using System.Text.Json;

namespace CrmKpi.Ingestion.Events;

/// <summary>A refused event in an answer.</summary>
/// <param name="Index">The line or element, from 0.</param>
/// <param name="Id">Its <c>id</c> as far as it could be read.</param>
internal sealed record RejectedEvent(long Index, string? Id, string Code, string Detail, string? Pointer);

/// <summary>What became of the events of a request so far.</summary>
internal sealed class IntakeTally
{
    /// <summary>Rejected events that an answer lists; their number is exact beyond it.</summary>
    public const int RejectedListedMax = 1_000;

    private readonly List<RejectedEvent> _rejected = [];

    public long Accepted { get; private set; }
    public long Duplicates { get; private set; }
    public long RejectedCount { get; private set; }
    public long Sequence { get; private set; }

    /// <summary>The first <see cref="RejectedListedMax"/> that were rejected.</summary>
    public IReadOnlyList<RejectedEvent> Rejected => _rejected;

    /// <summary>True when there was something and nothing of it was kept: that is a failure, not an answer.</summary>
    public bool IsAllRejected => this is { Accepted: 0, Duplicates: 0, RejectedCount: > 0 };

    /// <summary>True when nothing came at all.</summary>
    public bool IsEmpty => Accepted + Duplicates + RejectedCount == 0;

    public void Append(int accepted, int duplicates, long sequence)
    {
        Accepted += accepted;
        Duplicates += duplicates;
        Sequence = Math.Max(Sequence, sequence);
    }

    public void Head(long sequence) => Sequence = Math.Max(Sequence, sequence);

    public void Reject(RejectedEvent rejected)
    {
        RejectedCount++;
        if (_rejected.Count < RejectedListedMax)
            _rejected.Add(rejected);
    }

    /// <summary>Writes the members of the answer into the open object.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteNumber("accepted", Accepted);
        json.WriteNumber("duplicates", Duplicates);
        json.WriteNumber("rejectedCount", RejectedCount);
        json.WriteStartArray("rejected");
        foreach (var r in _rejected)
        {
            json.WriteStartObject();
            json.WriteNumber("index", r.Index);
            json.WriteString("id", r.Id);
            json.WriteString("code", r.Code);
            json.WriteString("detail", r.Detail);
            json.WriteString("pointer", r.Pointer);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("sequence", Sequence);
    }
}
