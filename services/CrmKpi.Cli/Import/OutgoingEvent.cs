using System.Buffers;
using CrmKpi.Connectors.CloudEvents;
using CrmKpi.Connectors.Csv;
using CrmKpi.Domain.Events;

namespace CrmKpi.Cli.Import;

/// <summary>An event on its way to the server, or a problem that stands in its place.</summary>
/// <param name="File">The file it comes from.</param>
/// <param name="Line">The line in it.</param>
/// <param name="BytesRead">Bytes of input read so far, for progress.</param>
/// <param name="Event">The event, when it was made from a row.</param>
/// <param name="Raw">The event's own JSON, when the input is CloudEvents already.</param>
/// <param name="Problem">Why there is no event.</param>
public readonly record struct OutgoingEvent(
    string File, long Line, long BytesRead, CanonicalEvent? Event, ReadOnlyMemory<byte> Raw, ImportProblem? Problem)
{
    /// <summary>Appends the event as a line of NDJSON.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        if (Event is not null)
        {
            CloudEventWriter.WriteLine(output, Event);
            return;
        }
        output.Write(Raw.Span);
        output.Write("\n"u8);
    }

    /// <summary>The events and problems of text tables, in their order.</summary>
    public static IEnumerable<OutgoingEvent> From(CsvSource source, CancellationToken ct)
    {
        foreach (var row in source.Read(ct))
        {
            if (row.Problem is not null)
                yield return new OutgoingEvent(row.File, row.Line, row.BytesRead, null, default, row.Problem);
            foreach (var e in row.Events)
                yield return new OutgoingEvent(row.File, row.Line, row.BytesRead, e, default, null);
        }
    }
}
