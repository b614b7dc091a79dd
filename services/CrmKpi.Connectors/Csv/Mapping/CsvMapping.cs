using CrmKpi.Connectors.Csv.Tables;
using CrmKpi.Connectors.Csv.Values;

namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>How text tables become canonical events; read from YAML by <see cref="MappingReader"/>.</summary>
/// <param name="Source">CloudEvents <c>source</c>: with an event's id it makes the dedupe key.</param>
/// <param name="Files">In the order in which they are imported.</param>
public sealed record CsvMapping(string Source, IReadOnlyList<FileMapping> Files)
{
    /// <summary>Reads a mapping file.</summary>
    /// <exception cref="MappingException">It has mistakes.</exception>
    public static CsvMapping Load(string path) => MappingReader.Read(File.ReadAllText(path), Path.GetFileName(path));
}

/// <summary>One kind of file.</summary>
/// <param name="Name">Its name in the mapping, which enters the default ids.</param>
/// <param name="Match">Pattern of file names with <c>*</c> and <c>?</c>; null = the only kind of file.</param>
/// <param name="Table">What is known of its format.</param>
/// <param name="ColumnNames">Column names of a file without a header; null = it has one.</param>
/// <param name="EmptyValues">Texts that mean "no value", besides the empty one.</param>
/// <param name="Key">The columns that identify a row (slots); empty = all rules have an id of their own.</param>
/// <param name="WholeRowIsKey">All columns together are the key.</param>
/// <param name="NumberRepeats">Rows with the same key are different facts, told apart by their running number.</param>
/// <param name="Joins">Other files whose columns the rules read.</param>
/// <param name="Rules">What is made of a row.</param>
/// <param name="Columns">The columns that the rules read.</param>
/// <param name="Line">Its line in the mapping.</param>
public sealed record FileMapping(
    string Name, string? Match, TableOptions Table, IReadOnlyList<string>? ColumnNames, IReadOnlySet<string> EmptyValues,
    IReadOnlyList<int> Key, bool WholeRowIsKey, bool NumberRepeats, IReadOnlyList<JoinMapping> Joins,
    IReadOnlyList<EventRule> Rules, Columns Columns, long Line);

/// <summary>A second file, found by key: its columns are <c>{name.column}</c>.</summary>
/// <param name="Name">Name of the join.</param>
/// <param name="File">The kind of file that is looked into.</param>
/// <param name="On">The columns (slots) of this file that hold the key.</param>
/// <param name="Key">The columns of the other file that hold it.</param>
/// <param name="Required">A row without a partner is a problem.</param>
/// <param name="Line">Its line in the mapping.</param>
public sealed record JoinMapping(
    string Name, string File, IReadOnlyList<int> On, IReadOnlyList<string> Key, bool Required, long Line);

/// <summary>One kind of event that is made of a row.</summary>
/// <param name="Name">Unique in its file; enters the default id.</param>
/// <param name="Type">Canonical type, for example <c>deal.won</c>.</param>
/// <param name="Id">The event's id; null = file, key and rule.</param>
/// <param name="TimeSlot">The column with the time.</param>
/// <param name="FirstOf">Only the first row with the same values of these columns (slots) makes an event.</param>
public sealed record EventRule(
    string Name, string Type, TextTemplate Subject, TextTemplate? Id, int TimeSlot, TimeFormat Time,
    IReadOnlyList<Condition> When, IReadOnlyList<int> FirstOf, IReadOnlyList<(string Name, FieldValue Value)> Data, long Line);
