using CrmKpi.Domain.Events;
using CrmKpi.EventLog;

namespace CrmKpi.Ingestion.Events;

/// <summary>
/// Events that are appended together: the texts of some lines or elements in one buffer, then what validation made of them.
/// The events' data are slices of the buffer.
/// </summary>
internal sealed class IntakeChunk(int capacity)
{
    /// <summary>What is kept of an event that is too large to be read, for the quarantine.</summary>
    public const int HeadBytesMax = 64 * 1024;

    private const string NotStorable = "not_storable";

    private readonly PooledBytes _bytes = new(capacity);
    private readonly List<Item> _items = [];
    private readonly List<NewEvent> _events = [];
    private readonly List<Item> _itemOfEvent = [];
    private readonly List<QuarantinedEvent> _refused = [];
    private readonly List<RejectedEvent> _rejected = [];

    /// <summary>Texts so far.</summary>
    public int Count => _items.Count;

    /// <summary>Bytes so far.</summary>
    public int Bytes => _bytes.Length;

    /// <summary>The buffer, for whoever fills it.</summary>
    public PooledBytes Buffer => _bytes;

    public IReadOnlyList<NewEvent> Events => _events;
    public IReadOnlyList<QuarantinedEvent> Refused => _refused;
    public IReadOnlyList<RejectedEvent> Rejected => _rejected;

    /// <summary>Marks a part of the buffer as the text of one event.</summary>
    /// <param name="index">The line or element.</param>
    /// <param name="wholeLength">How long the text was; more than <paramref name="length"/> when only its head is kept.</param>
    /// <param name="refused">Why it is refused, if that is known already; then it is not read.</param>
    public void Add(long index, int start, int length, long wholeLength, ParsedEvent? refused = null) =>
        _items.Add(new Item(index, start, length, wholeLength, refused));

    /// <summary>Reads and checks all texts.</summary>
    /// <param name="now">For the limit of <c>time</c>.</param>
    /// <param name="traceParent">The request's trace context, for events that bring none.</param>
    public void Parse(DateTimeOffset now, string? traceParent)
    {
        _events.EnsureCapacity(_items.Count);
        _itemOfEvent.EnsureCapacity(_items.Count);
        foreach (var item in _items)
        {
            if (item.Refused is { } refused)
            {
                Refuse(item, refused, now);
                continue;
            }
            if (item.WholeLength > item.Length)
            {
                Refuse(item, new ParsedEvent(null, [TooLarge(item.WholeLength)], null, null, null), now);
                continue;
            }
            var parsed = CloudEventParser.Parse(_bytes.Memory.Slice(item.Start, item.Length), now);
            if (parsed.Event is { } e)
            {
                _events.Add(ToNew(e, traceParent));
                _itemOfEvent.Add(item);
            }
            else
            {
                Refuse(item, parsed, now);
            }
        }
    }

    /// <summary>Takes out an event that the log cannot hold although it is well-formed.</summary>
    /// <param name="place">Its place in <see cref="Events"/>.</param>
    /// <param name="detail">Why the log cannot hold it.</param>
    /// <param name="now">When it was refused.</param>
    public void TakeOut(int place, string detail, DateTimeOffset now)
    {
        var e = _events[place];
        var problem = new EventProblem(NotStorable, detail, "");
        Refuse(_itemOfEvent[place], new ParsedEvent(null, [problem], e.SourceId, e.Source, e.Type), now);
        _events.RemoveAt(place);
        _itemOfEvent.RemoveAt(place);
    }

    /// <summary>Gives the buffer back; only when nobody can read the events any more.</summary>
    public void Recycle() => _bytes.Recycle();

    /// <summary>A canonical event as the log takes it.</summary>
    public static NewEvent ToNew(CanonicalEvent e, string? traceParent) => new(
        e.Source, e.Id, e.Type, e.Subject, e.Time, e.Data, e.TraceParent ?? traceParent, e.CorrelationId);

    /// <summary>All problems of an event as one: the code and place of the first, the texts of the first few.</summary>
    public static (string Code, string Detail, string? Pointer) Summary(IReadOnlyList<EventProblem> problems)
    {
        const int DetailsMax = 5;
        var details = string.Join(" ", problems.Take(DetailsMax).Select(p => p.Detail));
        if (problems.Count > DetailsMax)
            details += $" And {problems.Count - DetailsMax} more.";
        return (problems[0].Code, details, problems[0].Pointer);
    }

    private void Refuse(in Item item, ParsedEvent parsed, DateTimeOffset now)
    {
        var text = _bytes.Memory.Slice(item.Start, item.Length);
        var (code, detail, pointer) = Summary(parsed.Problems);
        _rejected.Add(new RejectedEvent(item.Index, parsed.Id, code, detail, pointer));
        _refused.Add(new QuarantinedEvent(
            0, now, parsed.Id, parsed.Source, parsed.Type, code, detail, pointer,
            text, 0, BodyLength: item.WholeLength));
    }

    /// <summary>The problem of an event that has so many bytes as JSON.</summary>
    public static EventProblem TooLarge(long bytes) => new(
        EventProblem.Codes.TooLarge,
        $"An event may have {CloudEventParser.EventBytesMax} bytes at most, not {bytes}. Leave large texts and files out.", "");

    private readonly record struct Item(long Index, int Start, int Length, long WholeLength, ParsedEvent? Refused);
}
