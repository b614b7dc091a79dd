using System.Globalization;
using CrmKpi.Connectors.Csv.Mapping;
using CrmKpi.Connectors.Csv.Tables;

namespace CrmKpi.Connectors.Csv;

/// <summary>
/// Turns one file into events, row by row: 1. joined files into memory; 2. the columns that rules read; 3. the row's key and
/// its running number; 4. the events of the rules that apply. A problem in any rule leaves the whole row out.
/// </summary>
internal sealed class FileEvents
{
    private readonly InputFile _file;
    private readonly IReadOnlyList<JoinIndex> _joins;
    private readonly IReadOnlyList<(int Slot, int Column)> _own;
    private readonly int _occurrenceSlot = -1;
    private readonly int _lineSlot = -1;
    private readonly KeyCounter? _occurrences;
    private readonly EventBuilder _builder;

    private FileEvents(CsvMapping mapping, InputFile file, OpenTable table, IReadOnlyList<JoinIndex> joins)
    {
        (_file, _joins) = (file, joins);
        var own = new List<(int, int)>();
        foreach (var (column, slot) in file.Mapping.Columns.Refs.Select((c, i) => (c, i)))
        {
            if (column is { Join: null, Name: Columns.Occurrence })
                _occurrenceSlot = slot;
            else if (column is { Join: null, Name: Columns.Line })
                _lineSlot = slot;
            else if (column.Join is null)
                own.Add((slot, file.IndexOf(table, column.Name, column.Line)));
        }
        _own = own;
        _occurrences = file.Mapping.NumberRepeats || _occurrenceSlot >= 0 ? new KeyCounter() : null;
        _builder = new EventBuilder(mapping.Source, file.Mapping);
    }

    public static IEnumerable<ImportedRow> Read(
        CsvMapping mapping, InputFile file, IReadOnlyList<InputFile> files, CancellationToken ct)
    {
        var problems = new List<ImportProblem>();
        var joins = file.Mapping.Joins
            .Select(j => JoinIndex.Load(j, file.Mapping.Columns, files.Single(f => f.Mapping.Name == j.File), problems.Add, ct))
            .ToList();
        foreach (var problem in problems)
            yield return new ImportedRow(problem.File, problem.Line, [], problem, 0);
        using var table = file.Open();
        var events = new FileEvents(mapping, file, table, joins);
        foreach (var row in table.Rows)
        {
            ct.ThrowIfCancellationRequested();
            yield return events.Convert(row, table.Reader.BytesRead);
        }
    }

    private ImportedRow Convert(TableRow row, long bytesRead)
    {
        try
        {
            if (row.Problem is not null)
                throw new RowProblemException("bad_row", row.Problem);
            return new ImportedRow(_file.Name, row.Line, _builder.Build(Fill(row)), null, bytesRead);
        }
        catch (RowProblemException e)
        {
            return new ImportedRow(_file.Name, row.Line, [],
                new ImportProblem(_file.Name, row.Line, e.Column, e.Code, e.Message), bytesRead);
        }
    }

    private Row Fill(TableRow row)
    {
        var values = new string?[_file.Mapping.Columns.Refs.Count];
        foreach (var (slot, column) in _own)
            values[slot] = _file.Value(row.Fields, column);
        foreach (var join in _joins)
            FillJoined(join, values);
        if (_lineSlot >= 0)
            values[_lineSlot] = row.Line.ToString(CultureInfo.InvariantCulture);
        var key = KeyOf(row, values);
        if (key is not null && _occurrences is not null)
        {
            var number = _occurrences.Next(key);
            if (_occurrenceSlot >= 0)
                values[_occurrenceSlot] = number.ToString(CultureInfo.InvariantCulture);
            if (_file.Mapping.NumberRepeats && number > 1)
                key = $"{key}#{number}";
        }
        return new Row(_file.Mapping.Name, row.Line, key, values, _file.Mapping.Columns);
    }

    private string? KeyOf(TableRow row, string?[] values)
    {
        if (_file.Mapping.WholeRowIsKey)
            return KeyCounter.Fingerprint(row.Fields);
        if (_file.Mapping.Key.Count == 0)
            return null;
        return JoinIndex.KeyOf(_file.Mapping.Key.Select(slot => values[slot]))?.Replace(JoinIndex.KeySeparator, '|')
            ?? throw new RowProblemException("missing_value",
                "It is part of the row's key, but empty. Fill it in, or choose another \"key\" in the mapping.",
                _file.Mapping.Columns.Refs[_file.Mapping.Key.First(slot => values[slot] is null)].Text);
    }

    private static void FillJoined(JoinIndex join, string?[] values)
    {
        var key = JoinIndex.KeyOf(join.Join.On.Select(slot => values[slot]));
        var found = key is null ? null : join.Find(key);
        if (found is null && join.Join.Required)
            throw new RowProblemException("no_partner", $"\"{key ?? ""}\" is not in the file \"{join.Join.File}\" that the join "
                + $"\"{join.Join.Name}\" looks into. Add it there, or set \"required: false\".");
        if (found is null)
            return;
        foreach (var (slot, column) in join.Columns)
            values[slot] = found[column];
    }
}
