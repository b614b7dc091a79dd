using System.Globalization;

namespace CrmKpi.Domain.Folding;

/// <summary>What kinds of entities have a fold. The numbers and names are a storage format.</summary>
public enum EntityKind : byte
{
    Lead = 1,
    Deal = 2,
    Customer = 3,
    Inquiry = 4,
    Survey = 5,
    Cost = 6,
    User = 7,

    /// <summary>One thing that a user did.</summary>
    Activity = 8,
    Task = 9,
    Process = 10,

    /// <summary>One execution of a process.</summary>
    Execution = 11,
    Call = 13,
    Ticket = 14,

    /// <summary>One message of a campaign to one recipient.</summary>
    EmailSend = 15,

    /// <summary>The advertisements of a campaign on one day in one channel and source.</summary>
    AdDay = 16,
    Benefit = 17,
    Forecast = 18,

    /// <summary>The rates of one pair of currencies in one year.</summary>
    FxRates = 19,
}

/// <summary>
/// One entity of a tenant: <c>deal/123</c> is (Deal, "123"). The id of a part of a stream is the id of the stream with
/// what tells the parts apart behind it: see <see cref="PartOf"/>.
/// </summary>
public readonly record struct EntityKey(EntityKind Kind, string Id)
{
    /// <summary>Stands between the stream's id and what tells its parts apart; no id has it.</summary>
    public const char PartSeparator = '\u001f';

    /// <summary>The kinds that are the whole of a stream, by the prefix of the stream.</summary>
    private static readonly Dictionary<string, EntityKind>.AlternateLookup<ReadOnlySpan<char>> ByPrefix =
        new Dictionary<string, EntityKind>(StringComparer.Ordinal)
        {
            ["lead"] = EntityKind.Lead,
            ["deal"] = EntityKind.Deal,
            ["customer"] = EntityKind.Customer,
            ["inquiry"] = EntityKind.Inquiry,
            ["survey"] = EntityKind.Survey,
            ["cost"] = EntityKind.Cost,
            ["user"] = EntityKind.User,
            ["task"] = EntityKind.Task,
            ["process"] = EntityKind.Process,
            ["call"] = EntityKind.Call,
            ["ticket"] = EntityKind.Ticket,
            ["benefit"] = EntityKind.Benefit,
            ["forecast"] = EntityKind.Forecast,
        }.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The entity of a stream; false when the stream has no fold.</summary>
    public static bool TryParse(string stream, out EntityKey key)
    {
        key = default;
        var slash = stream.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || slash == stream.Length - 1 || !ByPrefix.TryGetValue(stream.AsSpan(0, slash), out var kind))
            return false;
        key = new EntityKey(kind, stream[(slash + 1)..]);
        return true;
    }

    /// <summary>A part of a stream: <c>user/7</c> and <c>41</c> make <c>7␟41</c>.</summary>
    public static EntityKey PartOf(EntityKind kind, string stream, params ReadOnlySpan<string> parts) =>
        new(kind, string.Join(PartSeparator,
            [stream[(stream.IndexOf('/', StringComparison.Ordinal) + 1)..], .. parts.ToArray().Select(WithoutSeparator)]));

    /// <summary>The part of a stream that one event makes.</summary>
    public static EntityKey PartOfEvent(EntityKind kind, in Events.LogEvent e)
    {
        var id = e.Stream.AsSpan(e.Stream.IndexOf('/', StringComparison.Ordinal) + 1);
        return new(kind, string.Create(CultureInfo.InvariantCulture, $"{id}{PartSeparator}{e.Sequence}"));
    }

    // A text of an event may have it; as a space it parts nothing.
    private static string WithoutSeparator(string part) => part.Replace(PartSeparator, ' ');

    /// <summary>The id of the stream: that of the entity, or of the whole of which it is a part.</summary>
    public string StreamId => Id.IndexOf(PartSeparator, StringComparison.Ordinal) is >= 0 and var end ? Id[..end] : Id;

    /// <summary>The stream whose events made the entity.</summary>
    public string Stream => Kind switch
    {
        EntityKind.FxRates => Events.EventType.Tenant,
        EntityKind.Activity => $"user/{StreamId}",
        EntityKind.EmailSend or EntityKind.AdDay => $"campaign/{StreamId}",
        EntityKind.Execution => $"process/{StreamId}",
        _ => $"{Kind.ToString().ToLowerInvariant()}/{StreamId}",
    };

    /// <inheritdoc/>
    public bool Equals(EntityKey other) => Kind == other.Kind && Id == other.Id;

    /// <inheritdoc/>
    public override int GetHashCode() => (Id?.GetHashCode(StringComparison.Ordinal) ?? 0) * 31 + (int)Kind;

    /// <inheritdoc/>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}/{Id}";
}
