using CrmKpi.Connectors.Csv;
using CrmKpi.Connectors.Csv.Values;

namespace CrmKpi.Connectors.Tests.Csv;

public sealed class NumberTests
{
    private static readonly NumberFormat Point = new();
    private static readonly NumberFormat Comma = new(',', Declared: true);

    [Theory]
    [InlineData("1054.00", "1054.00")]
    [InlineData("-3.5", "-3.5")]
    [InlineData("−3.5", "-3.5")]
    [InlineData("1 054 000.25", "1054000.25")]
    [InlineData("1\u00A0054.5", "1054.5")]
    [InlineData("1'054.5", "1054.5")]
    [InlineData("1,054,000", "1054000")]
    [InlineData("1,054.5", "1054.5")]
    [InlineData("$ 12.50", "12.50")]
    [InlineData("12.50 ₽", "12.50")]
    [InlineData("1e3", "1000")]
    [InlineData(".5", "0.5")]
    public void Reads_a_decimal_point(string text, string expected) =>
        Assert.Equal(decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Point.Parse(text, "n"));

    [Theory]
    [InlineData("1054,5", "1054.5")]
    [InlineData("1.054,5", "1054.5")]
    [InlineData("1.054", "1054")]
    [InlineData("1\u202F054,50 €", "1054.50")]
    public void Reads_a_decimal_comma(string text, string expected) =>
        Assert.Equal(decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Comma.Parse(text, "n"));

    [Theory]
    [InlineData("1,234")]       // a thousand, or one and a bit: the mapping must say
    [InlineData("12,5")]
    [InlineData("12 5")]
    [InlineData("1,23,456")]
    [InlineData("abc")]
    [InlineData("1.2.3")]
    [InlineData("")]
    public void Refuses_rather_than_guesses(string text)
    {
        var e = Assert.Throws<RowProblemException>(() => Point.Parse(text, "amount"));
        Assert.Equal(("bad_number", "amount"), (e.Code, e.Column));
    }

    [Fact]
    public void A_declared_point_makes_a_lone_group_a_thousand() =>
        Assert.Equal(1234, new NumberFormat('.', Declared: true).Parse("1,234", "n"));
}
