using System.Text;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Services.Tests.Query;

public sealed class CsvAnswerTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("=SUM(A1)", "'=SUM(A1)")]
    [InlineData("+7 900", "'+7 900")]
    [InlineData("-1", "'-1")]
    [InlineData("@cmd", "'@cmd")]
    [InlineData("=1,2", "\"'=1,2\"")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void Text_is_quoted_where_needed_and_never_a_formula(string? text, string written) =>
        Assert.Equal($"h\r\n{written}\r\n", Written(new CsvAnswer(new CsvFormat(',', false), "h").Row().Add(text)));

    [Fact]
    public void Numbers_are_written_plainly_negative_ones_too() =>
        Assert.Equal(
            "h\r\n-1.5;0.0000001;;2025-01-02;-0.25\r\n",
            Written(new CsvAnswer(new CsvFormat(';', false), "h").Row().Exact(-1.50m).Value(0.00000010m).Exact(null)
                .Day(new DateOnly(2025, 1, 2)).Value(-0.25)));

    [Fact]
    public void The_delimiter_decides_what_is_quoted() =>
        Assert.Equal("h\r\na,b\t\"c\td\"\r\n", Written(new CsvAnswer(new CsvFormat('\t', false), "h").Row().Add("a,b").Add("c\td")));

    private static string Written(CsvAnswer csv) => Encoding.UTF8.GetString(csv.ToBytes());
}
