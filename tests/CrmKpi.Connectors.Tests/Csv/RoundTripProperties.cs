using System.Text;
using CrmKpi.Connectors.Csv.Tables;
using CsvHelper;
using FsCheck;
using FsCheck.Fluent;

namespace CrmKpi.Connectors.Tests.Csv;

public sealed class RoundTripProperties
{
    private static readonly char[] Alphabet =
        [.. "ab1 ,;\t|\"'\n\r{}.=", 'я', 'Ж', 'é', '€', '\u00A0'];

    /// <summary>Any table that a correct writer writes is read back field by field, delimiter given or found.</summary>
    [Fact]
    public void Any_written_table_is_read_back()
    {
        var fields = Gen.Elements(Alphabet).ArrayOf().Select(c => new string(c));
        var tables =
            from width in Gen.Choose(2, 5)
            from rows in fields.ArrayOf(width).NonEmptyListOf()
            from delimiter in Gen.Elements(',', ';', '\t', '|')
            from newLine in Gen.Elements("\n", "\r\n")
            from mark in Gen.Elements(true, false)
            select (Rows: rows.ToList(), Delimiter: delimiter, NewLine: newLine, Mark: mark);
        Prop.ForAll(tables.ToArbitrary(), t =>
        {
            var path = Path.GetTempFileName();
            try
            {
                File.WriteAllText(path, Write(t.Rows, t.Delimiter, t.NewLine), new UTF8Encoding(t.Mark));
                using var reader = TableReader.Open(path, new TableOptions(t.Delimiter));
                var read = reader.Rows().ToList();
                Assert.Equal(t.Rows.Count, read.Count);
                Assert.All(t.Rows.Zip(read), pair => Assert.Equal(pair.First, pair.Second.Fields));
                Assert.All(read, row => Assert.Null(row.Problem));
            }
            finally
            {
                File.Delete(path);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    /// <summary>The delimiter of a table of plain values is found whatever it is.</summary>
    [Fact]
    public void The_delimiter_of_plain_tables_is_found()
    {
        var tables =
            from width in Gen.Choose(2, 6)
            from rows in Gen.Elements("12", "мебель", "2025-01-02", "", "a b", "3.5").ArrayOf(width).NonEmptyListOf()
            from delimiter in Gen.Elements(',', ';', '\t', '|')
            select (Rows: rows.ToList(), Delimiter: delimiter);
        Prop.ForAll(tables.ToArbitrary(), t =>
            DelimiterProbe.Detect(Write(t.Rows, t.Delimiter, "\n"), complete: true, '"') == t.Delimiter)
            .Check(Config.QuickThrowOnFailure);
    }

    private static string Write(IEnumerable<string[]> rows, char delimiter, string newLine)
    {
        var text = new StringWriter();
        using (var writer = CsvWriter.Create(text, new CsvWriterOptions { Separator = delimiter, NewLine = newLine }, leaveOpen: true))
        {
            foreach (var row in rows)
                writer.WriteRecord(row.AsSpan());
        }
        return text.ToString();
    }
}
