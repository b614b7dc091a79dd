using System.Buffers;

namespace CrmKpi.Cli.Import;

/// <summary>Events that go to the server in one request.</summary>
internal sealed class ImportBatch
{
    /// <summary>Most events of a request.</summary>
    public const int EventsMax = 20_000;

    /// <summary>A request ends with the event that reaches this size.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _lines = new(1 << 20);
    private readonly List<(string File, long Line)> _places = [];

    /// <summary>The request's body.</summary>
    public ReadOnlyMemory<byte> Lines => _lines.WrittenMemory;

    /// <summary>How many events it has.</summary>
    public int Count => _places.Count;

    /// <summary>Bytes of input read when the last event was made.</summary>
    public long BytesRead { get; private set; }

    /// <summary>No more events should be added.</summary>
    public bool IsFull => Count >= EventsMax || _lines.WrittenCount >= BytesMax;

    /// <summary>Where an event of the request comes from.</summary>
    public (string File, long Line) PlaceOf(int index) => index >= 0 && index < _places.Count ? _places[index] : ("?", 0);

    public void Add(in OutgoingEvent e)
    {
        e.WriteTo(_lines);
        _places.Add((e.File, e.Line));
        BytesRead = e.BytesRead;
    }
}
