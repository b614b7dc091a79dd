using Spectre.Console;

namespace CrmKpi.Cli.Output;

/// <summary>Tables of plain text.</summary>
internal static class PlainTable
{
    /// <summary>
    /// A table with a heading for each column; those in <paramref name="right"/> hold numbers, those in
    /// <paramref name="whole"/> what is copied from here into the next command and must not be broken.
    /// </summary>
    public static Table Of(
        IReadOnlyList<string> headings, IReadOnlySet<int> right, IEnumerable<IReadOnlyList<string>> rows,
        IReadOnlySet<int>? whole = null)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var (i, heading) in headings.Index())
        {
            var column = new TableColumn(new Text(heading)) { NoWrap = whole?.Contains(i) == true };
            table.AddColumn(right.Contains(i) ? column.RightAligned() : column);
        }
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        return table;
    }
}
