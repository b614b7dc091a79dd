using System.Buffers;
using System.Text;
using CrmKpi.Cli.Output;
using CrmKpi.Connectors.Csv;
using CrmKpi.Domain.Events;

namespace CrmKpi.Cli.Import;

/// <summary>Shows what an import would send, checked as the server will check it.</summary>
internal static class DryRun
{
    private const int EventsShown = 5;

    public static int Show(Terminal terminal, IEnumerable<OutgoingEvent> events, bool strict)
    {
        var report = new ImportReport();
        var byType = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        terminal.OutWriter.WriteLine($"{terminal.Texts.FirstEvents}:");
        foreach (var e in events)
        {
            var problem = e.Problem;
            buffer.ResetWrittenCount();
            if (problem is null)
            {
                e.WriteTo(buffer);
                problem = Check(e, buffer.WrittenMemory, byType);
            }
            if (problem is not null)
            {
                report.Add(problem);
                if (strict)
                    break;
            }
            else if (byType.Values.Sum() <= EventsShown)
                terminal.OutWriter.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        }
        terminal.OutWriter.WriteLine($"{terminal.Format(terminal.Texts.WouldSend, terminal.Number(byType.Values.Sum()))}:");
        foreach (var (type, count) in byType)
            terminal.OutWriter.WriteLine($"  {type}: {terminal.Number(count)}");
        new ImportView(terminal).ShowAllProblems(report);
        terminal.OutWriter.WriteLine(terminal.Texts.NothingSent);
        return report.ProblemCount > 0 ? CrmKpiCommand.Problem : CrmKpiCommand.Done;
    }

    private static ImportProblem? Check(OutgoingEvent e, ReadOnlyMemory<byte> line, SortedDictionary<string, long> byType)
    {
        var parsed = CloudEventParser.Parse(line[..^1], DateTimeOffset.UtcNow);
        if (parsed.Problems is [var first, ..])
            return new ImportProblem(e.File, e.Line, null, first.Code, $"{parsed.Type} {first.Pointer}: {first.Detail}".Trim());
        byType[parsed.Type!] = byType.GetValueOrDefault(parsed.Type!) + 1;
        return null;
    }
}
