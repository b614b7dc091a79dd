namespace CrmKpi.Domain.Events;

/// <summary>A rule over several fields of an event's data: its problem, or null.</summary>
internal delegate EventProblem? EventRule(ReadOnlySpan<byte> data);

/// <summary>One canonical event type.</summary>
/// <param name="Name">For example <c>deal.won</c>.</param>
/// <param name="Stream">The kind of its stream: <c>deal</c> for <c>deal/123</c>, <c>tenant</c> for the stream
/// <c>tenant</c>, or <see cref="AnyRecord"/>.</param>
/// <param name="Fields">What <c>data</c> may hold; other fields are kept and ignored.</param>
public sealed record EventType(string Name, string Stream, EventField[] Fields)
{
    /// <summary>The stream kind of events that may happen to any record.</summary>
    public const string AnyRecord = "*";

    /// <summary>The stream of the settings.</summary>
    public const string Tenant = "tenant";

    /// <summary>A rule over several fields, asked when each field is right by itself: its problem, or null.</summary>
    internal EventRule? Rule { get; init; }

    /// <summary>One bit per required field.</summary>
    internal ulong RequiredMask { get; } = MaskOf(Fields);

    /// <summary>Whether a stream id like <c>deal/123</c> belongs to this type.</summary>
    public bool Accepts(ReadOnlySpan<char> subject)
    {
        if (Stream == Tenant)
            return subject.SequenceEqual(Tenant);
        var slash = subject.IndexOf('/');
        return slash > 0 && slash < subject.Length - 1 && !subject.ContainsAnyInRange('\0', '\x1f')
            && (Stream == AnyRecord ? EventTypes.IsRecordKind(subject[..slash]) : subject[..slash].SequenceEqual(Stream));
    }

    /// <summary>How a subject of this type looks, for messages.</summary>
    public string SubjectExample => Stream switch
    {
        Tenant => Tenant,
        AnyRecord => "lead/…, deal/… or customer/…",
        _ => Stream + "/…",
    };

    internal static ulong MaskOf(EventField[] fields)
    {
        var mask = 0UL;
        for (var i = 0; i < fields.Length; i++)
            mask |= fields[i].Required ? 1UL << i : 0;
        return mask;
    }
}
