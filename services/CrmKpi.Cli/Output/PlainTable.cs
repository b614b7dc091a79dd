using Spectre.Console;

namespace CrmKpi.Cli.Output;

/// <summary>Tables of plain text.</summary>
internal static class PlainTable
{
    /// <summary>A table with a heading for each column; those in <paramref name="right"/> hold numbers.</summary>
    public static Table Of(IReadOnlyList<string> headings, IReadOnlySet<int> right, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var (i, heading) in headings.Index())
        {
            var column = new TableColumn(new Text(heading));
            table.AddColumn(right.Contains(i) ? column.RightAligned() : column);
        }
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        return table;
    }
}
