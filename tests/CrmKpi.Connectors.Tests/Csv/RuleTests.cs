using CrmKpi.Connectors.Csv;
using CrmKpi.Connectors.Csv.Mapping;

namespace CrmKpi.Connectors.Tests.Csv;

public sealed class RuleTests : IDisposable
{
    private readonly TempFiles _files = new();

    private static string Deals(string rule, string file = "key: id") => $$"""
        version: 1
        source: csv/test
        timeZone: Europe/Moscow
        currency: RUB
        files:
          deals:
            {{file}}
            events:
              - type: deal.won
                subject: deal/{id}
                time: won
                {{rule.ReplaceLineEndings("\n        ")}}
        """;

    [Fact]
    public void Fields_come_from_constants_templates_columns_and_money()
    {
        var mapping = Deals("""
            data:
              stage: "Успех {{1}}"
              pipeline: main
              count: 3
              sure: true
              text: "3"
              lead: "{id}-{who}"
              manager: { column: who, map: { ivan: "Иван", anna: "Анна" }, default: nobody }
              size: { column: size, type: integer }
              share: { column: share, type: number, decimal: "," }
              hot: { column: hot, type: boolean }
              amount: { money: amount, decimal: "," }
              margin: { money: margin, currency: "{currency}" }
              due: { date: due, format: dd.MM.yyyy }
              seen: { time: seen, format: dd.MM.yyyy HH:mm, timeZone: UTC }
              utm: { object: { source: "{utm}", medium: "{none}" } }
              missing: "{none}"
            """);
        var path = _files.Write("deals.csv",
            "id;won;who;size;share;hot;amount;margin;currency;due;seen;utm;none\n"
            + "7;2025-01-02;anna;12;1,5;да;1 054,50;10.5;EUR;31.01.2025;01.01.2025 10:00;ya;\n");
        var e = Assert.Single(_files.Events(mapping, path));
        Assert.Equal(
            "{\"stage\":\"Успех {1}\",\"pipeline\":\"main\",\"count\":3,\"sure\":true,\"text\":\"3\",\"lead\":\"7-anna\","
            + "\"manager\":\"Анна\",\"size\":12,\"share\":1.5,\"hot\":true,\"amount\":{\"amount\":\"1054.50\",\"currency\":\"RUB\"},"
            + "\"margin\":{\"amount\":\"10.5\",\"currency\":\"EUR\"},\"due\":\"2025-01-31\","
            + "\"seen\":\"2025-01-01T10:00:00.0000000+00:00\",\"utm\":{\"source\":\"ya\"}}",
            e.Json());
        Assert.Equal(("deals/7/deal.won", "csv/test", "deal.won", "deal/7"), (e.Id, e.Source, e.Type, e.Subject));
        Assert.Equal(DateTimeOffset.Parse("2025-01-02T00:00+03:00"), e.Time);
    }

    [Fact]
    public void Defaults_fill_empty_values_and_unknown_ones_are_refused()
    {
        var mapping = Deals("data: { manager: { column: who, map: { ivan: Иван }, default: nobody } }");
        var rows = _files.Import(mapping, _files.Write("deals.csv", "id,won,who\n1,2025-01-02,\n2,2025-01-02,petr\n"));
        Assert.Equal("""{"manager":"nobody"}""", rows[0].Events[0].Json());
        Assert.Equal(("unmapped_value", "who", 3L), (rows[1].Problem!.Code, rows[1].Problem!.Column, rows[1].Problem!.Line));
    }

    [Theory]
    [InlineData("{ column: s, equals: won }", "1")]
    [InlineData("{ column: s, notEquals: won }", "2,3,4")]
    [InlineData("{ column: s, in: [won, lost] }", "1,2")]
    [InlineData("{ column: s, notIn: [won, lost] }", "3,4")]
    [InlineData("{ column: s, empty: true }", "3")]
    [InlineData("{ column: s, empty: false }", "1,2,4")]
    [InlineData("{ column: s, matches: '^(wo|lo)' }", "1,2")]
    [InlineData("[{ column: s, empty: false }, { column: id, in: ['1', '4'] }]", "1,4")]
    public void Conditions_choose_rows(string when, string expected)
    {
        var path = _files.Write("deals.csv", "id,won,s\n1,2025-01-02,won\n2,2025-01-02,lost\n3,2025-01-02,\n4,2025-01-02,new\n");
        var events = _files.Events(Deals("when: " + when), path);
        Assert.Equal(expected, string.Join(",", events.Select(e => e.Subject[5..])));
    }

    [Fact]
    public void Texts_that_mean_nothing_are_empty()
    {
        var path = _files.Write("deals.csv", "id,won,s\n1,2025-01-02,NULL\n2,2025-01-02, - \n3,2025-01-02,x\n");
        var events = _files.Events(Deals("data: { reason: \"{s}\" }", "key: id\n    empty: [NULL, \"-\"]"), path);
        Assert.Equal(["{}", "{}", """{"reason":"x"}"""], events.Select(e => e.Json()));
    }

    [Fact]
    public void A_problem_leaves_the_whole_row_out_and_names_the_place()
    {
        var mapping = Deals("data: { amount: { money: amount } }") + """

              - type: deal.created
                subject: deal/{id}
                time: created
        """.ReplaceLineEndings("\n");
        var path = _files.Write("deals.csv", "id,created,won,amount\n1,2025-01-01,2025-01-02,12,5\n2,2025-01-01,2025-01-02,x\n3,2025-01-01,2025-01-02,5\n,2025-01-01,2025-01-02,5\n");
        var rows = _files.Import(mapping, path);
        Assert.Equal([0, 0, 2, 0], rows.Select(r => r.Events.Count));
        Assert.Equal("deals.csv, line 2: The row has 5 fields, not 4. Is a delimiter (utf-8, \",\") part of a value that is not quoted, "
            + "or the row cut off?", rows[0].Problem!.ToString());
        Assert.StartsWith("deals.csv, line 3, column \"amount\": \"x\" is not a number", rows[1].Problem!.ToString());
        Assert.StartsWith("deals.csv, line 5, column \"id\": It is part of the row's key", rows[3].Problem!.ToString());
    }

    [Fact]
    public void Quotes_that_do_not_match_are_a_problem_of_their_row_only()
    {
        var path = _files.Write("deals.csv", "id,won,s\n1,2025-01-02,\"a\"b\n2,2025-01-02,экран 27\"\n3,2025-01-02,c\n");
        var rows = _files.Import(Deals("data: { reason: \"{s}\" }"), path);
        Assert.Equal(["bad_row", null, null], rows.Select(r => r.Problem?.Code));
        Assert.Equal("экран 27\"", rows[1].Events[0].Data("reason").GetString());
    }

    [Fact]
    public void A_quote_that_is_never_closed_does_not_swallow_a_large_file()
    {
        var rest = string.Concat(Enumerable.Range(2, 200_000).Select(i => $"{i},2025-01-02,c\n"));
        var rows = _files.Import(Deals(""), _files.Write("deals.csv", "id,won,s\n1,2025-01-02,\"a\n" + rest));
        var problem = Assert.Single(rows).Problem!;
        Assert.Equal(("row_too_long", true), (problem.Code, problem.StopsFile));
    }

    [Fact]
    public void A_missing_column_names_those_that_are_there()
    {
        var problem = Assert.Single(_files.Import(Deals(""), _files.Write("deals.csv", "id;Дата\n1;2025-01-02\n"))).Problem!;
        Assert.Equal("unknown_column", problem.Code);
        Assert.Equal("The file has no column \"won\" (line 11 of the mapping). It was read as utf-8, \";\" and has: \"id\", \"Дата\".",
            problem.Detail);
    }

    [Fact]
    public void Joins_read_the_columns_of_another_file()
    {
        const string mapping = """
            version: 1
            source: csv/test
            files:
              leads:
                match: "leads*.csv"
              deals:
                match: "deals*.csv"
                key: id
                joins:
                  lead: { file: leads, on: lead_id, key: id, required: true }
                events:
                  - type: deal.created
                    subject: deal/{id}
                    time: lead.created
                    data: { source: "{lead.source}", dotted: "{a.b}" }
            """;
        var leads = _files.Write("leads-1.csv", "id;created;source\n10;2025-01-01;сайт\n11;2025-01-02;\n10;2025-01-09;почта\n");
        var deals = _files.Write("deals-1.csv", "id,lead_id,a.b\n1,10,x\n2,11,y\n3,12,z\n4,,\n");
        var rows = _files.Import(mapping, deals, leads);
        Assert.Equal(["repeated_key", null, null, "no_partner", "no_partner"], rows.Select(r => r.Problem?.Code));
        Assert.Equal(("leads-1.csv", 4L), (rows[0].Problem!.File, rows[0].Problem!.Line));
        Assert.Equal("""{"source":"сайт","dotted":"x"}""", rows[1].Events[0].Json());
        Assert.Equal(DateTimeOffset.Parse("2025-01-02T00:00Z"), rows[2].Events[0].Time);
        var optional = _files.Import(mapping.Replace("required: true", "required: false"), deals, leads);
        Assert.Equal("missing_value", optional[3].Problem!.Code);
    }

    [Fact]
    public void Files_are_assigned_by_name_and_missing_ones_are_named()
    {
        const string mapping = """
            version: 1
            source: csv/test
            files:
              leads: { match: "leads*" }
              deals:
                match: "*.csv"
                key: id
                joins: { lead: { file: leads, on: id } }
                events: [{ type: deal.created, subject: "deal/{id}", time: lead.created }]
            """;
        var parsed = MappingReader.Read(mapping, "map.yaml");
        var deals = _files.Write("deals.csv", "id\n");
        var e = Assert.Throws<ArgumentException>(() => CsvSource.Create(parsed, [deals]));
        Assert.Equal("The join \"lead\" needs exactly one file \"leads\" (match: leads*), but 0 are given.", e.Message);
        Assert.Contains("fits several", Assert.Throws<ArgumentException>(
            () => CsvSource.Create(parsed, [_files.Write("leads.csv", "")])).Message);
        Assert.Contains("fits none", Assert.Throws<ArgumentException>(
            () => CsvSource.Create(parsed, [_files.Write("x.txt", "")])).Message);
        Assert.Throws<FileNotFoundException>(() => CsvSource.Create(parsed, ["absent.csv"]));
    }

    public void Dispose() => _files.Dispose();
}
