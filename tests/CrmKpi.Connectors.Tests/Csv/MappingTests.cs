using CrmKpi.Connectors.Csv.Mapping;

namespace CrmKpi.Connectors.Tests.Csv;

public sealed class MappingTests
{
    private const string Good = """
        version: 1
        source: csv/test
        files:
          leads:
            key: id
            events:
              - type: lead.created
                subject: lead/{id}
                time: created
        """;

    private static IReadOnlyList<MappingProblem> Problems(string yaml) =>
        Assert.Throws<MappingException>(() => MappingReader.Read(yaml, "map.yaml")).Problems;

    [Fact]
    public void A_good_mapping_is_read()
    {
        var mapping = MappingReader.Read(Good, "map.yaml");
        var rule = Assert.Single(Assert.Single(mapping.Files).Rules);
        Assert.Equal(("csv/test", "lead.created", 7L), (mapping.Source, rule.Type, rule.Line));
    }

    [Theory]
    [InlineData("source:", "colour: red\nsource:", 2, "The mapping has no \"colour\". Known here: ")]
    [InlineData("key: id", "key: id\n    delimeter: tab", 6, "The file \"leads\" has no \"delimeter\"")]
    [InlineData("time: created", "time: created\n        whenn: x", 10, "An event rule has no \"whenn\"")]
    [InlineData("time: created", "time: { column: created, zone: UTC }", 9, "\"time\" has no \"zone\"")]
    [InlineData("version: 1", "version: 2", 1, "Version \"2\" is unknown")]
    [InlineData("version: 1\n", "", 1, "The mapping needs \"version\"")]
    [InlineData("source: csv/test\n", "", 1, "The mapping needs \"source\"")]
    [InlineData("key: id", "key: id\n    delimiter: x", 6, "\"delimiter\" must be one of")]
    [InlineData("key: id", "key: id\n    encoding: klingon", 6, "The encoding \"klingon\" is unknown")]
    [InlineData("key: id", "key: id\n    repeats: often", 6, "\"repeats\" must be same or number")]
    [InlineData("key: id", "key: id\n    skipLines: -1", 6, "\"skipLines\" must be a whole number")]
    [InlineData("key: id", "match: \"*\"", 7, "needs an \"id\", or its file a \"key\"")]
    [InlineData("time: created", "time: { column: created, timeZone: Mars/Base }", 9, "The time zone \"Mars/Base\" is unknown")]
    [InlineData("time: created", "time: { column: created, format: q }", 9, "\"q\" is not a time format")]
    [InlineData("time: created", "time: { column: created, gap: sideways }", 9, "\"gap\" must be one of forward, error")]
    [InlineData("        time: created", "", 7, "An event rule needs \"time\"")]
    [InlineData("subject: lead/{id}", "subject: lead/{id", 8, "needs a column's name between")]
    [InlineData("time: created", "time: created\n        when: { column: a, equals: x, in: [y] }", 10, "exactly one of equals")]
    [InlineData("time: created", "time: created\n        when: { column: a, matches: '(' }", 10, "is not a regular expression")]
    [InlineData("time: created", "time: created\n        data: { amount: { money: a } }", 10, "Money needs \"currency\"")]
    [InlineData("time: created", "time: created\n        data: { amount: { money: a, date: b, currency: EUR } }", 10, "exactly one of column, money")]
    [InlineData("time: created", "time: created\n        data: { n: { column: a, type: real } }", 10, "\"type\" must be one of text, number, integer, boolean")]
    [InlineData("time: created", "time: created\n      - { type: lead.created, subject: x, time: t }", 10, "Two rules of this file are called \"lead.created\"")]
    [InlineData("key: id", "key: id\n    joins: { j: { file: absent, on: id } }", 6, "which is not in \"files\"")]
    [InlineData("key: id", "key: id\n  - broken", 6, "This is not YAML")]
    [InlineData("key: id", "key: id\n    key: id", 6, "This is not YAML")]
    public void Mistakes_are_reported_with_their_line(string replace, string with, long line, string start)
    {
        var problems = Problems(Good.ReplaceLineEndings("\n").Replace(replace, with));
        Assert.Contains(problems, p => p.Line == line && p.Detail.Contains(start, StringComparison.Ordinal));
    }

    [Fact]
    public void All_mistakes_are_reported_at_once_in_order()
    {
        var problems = Problems(Good.Replace("version: 1", "version: 9").Replace("time: created", "tine: created"));
        Assert.Equal([1L, 7L, 9L], problems.Select(p => p.Line));
    }
}
