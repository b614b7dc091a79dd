using System.Text;
using CrmKpi.Connectors.Csv.Tables;

namespace CrmKpi.Connectors.Tests.Csv;

public sealed class FormatTests : IDisposable
{
    private const string Mapping = """
        version: 1
        source: csv/test
        files:
          leads:
            key: id
            events:
              - type: lead.created
                subject: lead/{id}
                time: created
                data: { source: "{источник}", region: "{city}" }
        """;

    private readonly TempFiles _files = new();

    [Theory]
    [InlineData(",")]
    [InlineData(";")]
    [InlineData("\t")]
    [InlineData("|")]
    public void Finds_the_delimiter(string delimiter)
    {
        var text = "id,created,источник,city\n1,2025-01-02,сайт,\"a;b|c\td\"\n2,2025-01-03,,x\n"
            .Replace("a;b|c\td", "A").Replace(",", delimiter);
        var events = _files.Events(Mapping, _files.Write("leads.csv", text));
        Assert.Equal(["lead/1", "lead/2"], events.Select(e => e.Subject));
        Assert.Equal("""{"source":"сайт","region":"A"}""", events[0].Json());
        Assert.Equal("""{"region":"x"}""", events[1].Json());
    }

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("windows-1251", false)]
    public void Finds_the_encoding(string name, bool mark)
    {
        const string text = "id;created;источник;city\r\n1;2025-01-02;Яндекс Директ;Нижний Новгород\r\n";
        var encoding = EncodingProbe.Find(name)!;
        var bytes = encoding.GetBytes(text);
        var path = _files.WriteBytes("leads.csv", mark ? [.. encoding.GetPreamble(), .. bytes] : bytes);
        var e = Assert.Single(_files.Events(Mapping, path));
        Assert.Equal("Яндекс Директ", e.Data("source").GetString());
        Assert.Equal("Нижний Новгород", e.Data("region").GetString());
    }

    [Fact]
    public void Finds_western_text()
    {
        var bytes = Encoding.Latin1.GetBytes("id,created,источник,city\n".Replace("источник", "x") + "1,2025-01-02,Düsseldorf,São Paulo\n");
        Assert.Equal("windows-1252", EncodingProbe.Detect(bytes, complete: true).WebName);
    }

    [Fact]
    public void Takes_a_given_encoding_over_the_found_one()
    {
        var koi8 = EncodingProbe.Find("koi8-r")!;
        var path = _files.WriteBytes("leads.csv", koi8.GetBytes("id,created,источник,city\n1,2025-01-02,почта,Тверь\n"));
        var e = Assert.Single(_files.Events(Mapping.Replace("key: id", "key: id\n    encoding: koi8-r"), path));
        Assert.Equal("почта", e.Data("source").GetString());
    }

    [Fact]
    public void Says_which_encoding_to_set_when_late_bytes_do_not_fit()
    {
        var start = "id,created,источник,city\n" + string.Concat(
            Enumerable.Range(0, 40_000).Select(i => $"{i},2025-01-02,сайт и ещё что-нибудь,x\n"));
        byte[] bytes = [.. Encoding.UTF8.GetBytes(start), .. "9,2025-01-02,"u8, 0xFF, 0xFE, (byte)'\n'];
        var problem = _files.Import(Mapping, _files.WriteBytes("leads.csv", bytes))[^1].Problem!;
        Assert.Equal("bad_encoding", problem.Code);
        Assert.True(problem.StopsFile);
        Assert.Contains("\"encoding\"", problem.Detail);
    }

    [Fact]
    public void Reads_gzip_by_its_content_whatever_the_name()
    {
        var path = _files.WriteGzip("leads.csv", "id,created,источник,city\n1,2025-01-02,сайт,\n");
        Assert.Single(_files.Events(Mapping, path));
    }

    [Fact]
    public void A_gzip_that_was_cut_off_is_a_problem_after_the_rows_that_could_be_read()
    {
        var path = _files.WriteGzip("leads.csv.gz",
            "id,created,источник,city\n" + string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i},2025-01-02,{i * 7919},\n")));
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        var rows = _files.Import(Mapping, path);
        Assert.Equal("bad_gzip", rows[^1].Problem!.Code);
        Assert.True(rows.Count > 1000);
    }

    [Fact]
    public void Reads_runs_of_white_space()
    {
        var path = _files.Write("cd.txt", " id  created number value\r\n 00001 2025-01-02  1   11.77\r\n 00002 2025-01-03  2   20.00\r\n");
        var events = _files.Events(Mapping.Replace("{ source: \"{источник}\", region: \"{city}\" }", "{ source: \"{value}\" }"), path);
        Assert.Equal(["lead/00001", "lead/00002"], events.Select(e => e.Subject));
        Assert.Equal("20.00", events[1].Data("source").GetString());
    }

    [Fact]
    public void Decimal_commas_do_not_make_a_comma_separated_file()
    {
        Assert.Equal(';', DelimiterProbe.Detect("1,5;2,5\n3,5;4,5\n", complete: true, '"'));
        Assert.Equal(',', DelimiterProbe.Detect("one\ntwo\n", complete: true, '"'));
        Assert.Equal(',', DelimiterProbe.Detect("a,b\n\"x;y\nz\",2\n", complete: true, '"'));
    }

    [Fact]
    public void Follows_the_hint_of_a_spreadsheet()
    {
        var path = _files.Write("leads.csv", "sep=|\r\nid|created|источник|city\r\n1|2025-01-02|a;b;c|\r\n");
        var row = Assert.Single(_files.Import(Mapping, path));
        Assert.Equal(3, row.Line);
        Assert.Equal("a;b;c", row.Events[0].Data("source").GetString());
    }

    [Fact]
    public void Names_columns_of_a_file_without_header_and_skips_lines()
    {
        var mapping = Mapping.Replace("key: id", "key: id\n    columns: [id, created, источник, city]\n    skipLines: 2");
        var path = _files.Write("leads.csv", "Отчёт за январь\n\n1,2025-01-02,сайт,Омск\n");
        var row = Assert.Single(_files.Import(mapping, path));
        Assert.Equal(3, row.Line);
        Assert.Equal("Омск", row.Events[0].Data("region").GetString());
    }

    [Fact]
    public void Keeps_line_breaks_in_quotes_and_counts_physical_lines()
    {
        var path = _files.Write("leads.csv",
            "id,created,источник,city\n1,2025-01-02,\"два\r\nряда \"\"в кавычках\"\"\",a\n\n2,nonsense,,b\n");
        var rows = _files.Import(Mapping, path);
        Assert.Equal("два\r\nряда \"в кавычках\"", rows[0].Events[0].Data("source").GetString());
        Assert.Equal(5, rows[1].Problem!.Line);
        Assert.Equal("created", rows[1].Problem!.Column);
    }

    public void Dispose() => _files.Dispose();
}
