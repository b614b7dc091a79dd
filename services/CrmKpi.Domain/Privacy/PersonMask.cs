using System.Text.Json;
using System.Text.Json.Nodes;
using CrmKpi.Domain.Events;

namespace CrmKpi.Domain.Privacy;

/// <summary>Whom events are about. The names are a storage format.</summary>
public enum PersonKind
{
    /// <summary>Stream <c>customer/…</c>; <c>customer</c> and <c>recipient</c> of other events.</summary>
    Customer,

    /// <summary>Stream <c>user/…</c>; <c>manager</c> and <c>user</c> of other events.</summary>
    User,
}

/// <summary>An event with a person taken out.</summary>
/// <param name="Data">Null = as it was.</param>
/// <param name="IsAbout">The event is about the person, so that its source's id for it may tell who that is.</param>
public readonly record struct MaskedEvent(byte[]? Data, bool IsAbout);

/// <summary>
/// Takes one person out of events: the id becomes a pseudonym, everywhere the same; free texts and fields that are no
/// canonical ones go where the event is about the person. Nothing that a fold counts by is lost: two events that were
/// about the same person still are, so every number stays as it is.
/// </summary>
/// <param name="kind">What the person is.</param>
/// <param name="id">The source's id.</param>
/// <param name="pseudonym">What stands in its place.</param>
/// <param name="ties">Streams with an event about a customer: what else is in them is about that customer too.</param>
public sealed class PersonMask(PersonKind kind, string id, string pseudonym, IReadOnlySet<string> ties)
{
    private static readonly string[] OfCustomer = ["customer", "recipient"];
    private static readonly string[] OfUser = ["manager", "user"];

    /// <summary>Fields with the id of another record of the stream's own kind.</summary>
    private static readonly string[] OfSameKind = ["into", "of"];

    /// <summary>Canonical fields that people write what they like into, and that no fold reads.</summary>
    private static readonly string[] FreeTexts = ["comment", "recordingUrl", "text", "items"];

    private readonly string[] _references = kind == PersonKind.Customer ? OfCustomer : OfUser;
    private readonly string _streamKind = KindName(kind) + "/";

    /// <summary>The stream of the person itself.</summary>
    public string OwnStream => _streamKind + id;

    /// <summary>As in stream ids.</summary>
    public static string KindName(PersonKind kind) => kind == PersonKind.Customer ? "customer" : "user";

    /// <summary>The event without the person; null when it has nothing of it.</summary>
    public MaskedEvent? Mask(string type, string stream, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        var fields = JsonNode.Parse(ref reader)!.AsObject();
        var isOwn = stream == OwnStream || stream == _streamKind + pseudonym;
        var refers = _references.Any(name => Is(fields[name], id) || Is(fields[name], pseudonym));
        var isAbout = isOwn || (kind == PersonKind.Customer && (refers || ties.Contains(stream)));
        var changed = Replace(fields, stream) | ReplaceInRest(fields, type);
        if (isAbout)
            changed |= Strip(fields, type, isOwn);
        else if (refers)
            changed |= fields.Remove("recordingUrl");
        return changed || isAbout
            ? new MaskedEvent(changed ? JsonSerializer.SerializeToUtf8Bytes(fields) : null, isAbout)
            : null;
    }

    /// <summary>The fields that refer to people, or to records of the stream's own kind.</summary>
    private bool Replace(JsonObject fields, string stream)
    {
        var changed = false;
        foreach (var name in _references)
            changed |= ReplaceText(fields, name, id, pseudonym);
        if (stream.StartsWith(_streamKind, StringComparison.Ordinal))
            foreach (var name in OfSameKind)
                changed |= ReplaceText(fields, name, id, pseudonym);
        return changed;
    }

    /// <summary>References to the person's stream, filters by manager, and fields that are no canonical ones.</summary>
    private bool ReplaceInRest(JsonObject fields, string type)
    {
        var changed = false;
        if (kind == PersonKind.User && fields["filters"] is JsonObject filters)
            changed = ReplaceDeep(filters["manager"], id, pseudonym);
        foreach (var name in fields.Select(field => field.Key).ToArray())
        {
            changed |= ReplaceText(fields, name, OwnStream, _streamKind + pseudonym);
            if (IsCanonical(type, name))
                continue;
            changed |= ReplaceText(fields, name, id, pseudonym) || ReplaceDeep(fields[name], id, pseudonym);
        }
        return changed;
    }

    private static bool Strip(JsonObject fields, string type, bool isOwn)
    {
        var changed = false;
        foreach (var name in fields.Select(field => field.Key).ToArray())
            if (!IsCanonical(type, name) || FreeTexts.Contains(name) || (isOwn && name == "name")
                || (name == "subject" && !IsRecord(fields[name])))
                changed |= fields.Remove(name);
        return changed;
    }

    private static bool IsCanonical(string type, string name) =>
        EventTypes.Find(type)?.Fields.Any(field => field.Name == name) == true;

    /// <summary>What folds read of the subject of an activity: <c>deal/5</c>.</summary>
    private static bool IsRecord(JsonNode? subject) =>
        subject is JsonValue value && value.TryGetValue<string>(out var text)
        && text.StartsWith("deal/", StringComparison.Ordinal);

    private static bool ReplaceText(JsonObject fields, string name, string from, string to)
    {
        if (!Is(fields[name], from))
            return false;
        fields[name] = to;
        return true;
    }

    private static bool ReplaceDeep(JsonNode? node, string from, string to)
    {
        var changed = false;
        if (node is JsonArray array)
            for (var i = 0; i < array.Count; i++)
                if (Is(array[i], from))
                    (array[i], changed) = (to, true);
                else
                    changed |= ReplaceDeep(array[i], from, to);
        else if (node is JsonObject fields)
            foreach (var name in fields.Select(field => field.Key).ToArray())
                changed |= ReplaceText(fields, name, from, to) || ReplaceDeep(fields[name], from, to);
        return changed;
    }

    private static bool Is(JsonNode? node, string text) =>
        node is JsonValue value && value.TryGetValue<string>(out var found) && found == text;
}
