using System.Globalization;
using System.Text;

namespace CrmKpi.Domain.Tests;

public sealed class MoneyTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0.00", 0)]
    [InlineData("1054.00", 1_054_000_000)]
    [InlineData("-3.5", -3_500_000)]
    [InlineData("0.0000015", 2)]
    [InlineData("0.0000025", 2)]
    [InlineData("1.5e3", 1_500_000_000)]
    [InlineData("2E-6", 2)]
    [InlineData("1000000000000", 1_000_000_000_000_000_000)]
    [InlineData("-1000000000000.000000", -1_000_000_000_000_000_000)]
    [InlineData("0007.10", 7_100_000)]
    public void Decimals_are_read_to_the_millionth(string text, long micros)
    {
        Assert.True(Money.TryParseMicros(Encoding.UTF8.GetBytes(text), out var read));
        Assert.Equal(micros, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1,5")]
    [InlineData("1 000")]
    [InlineData("0x10")]
    [InlineData("1e")]
    [InlineData("NaN")]
    [InlineData("1000000000000.01")]
    [InlineData("1e30")]
    [InlineData("1e999999")]
    public void What_is_no_decimal_or_too_large_is_not_read(string text) =>
        Assert.False(Money.TryParseMicros(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Short_and_long_ways_of_reading_agree()
    {
        var random = new Random(2);
        for (var round = 0; round < 20_000; round++)
        {
            var value = Math.Round((decimal)(random.NextDouble() - 0.5) * random.Next(1, 2_000_000_000), random.Next(0, 9));
            var text = Encoding.UTF8.GetBytes(value.ToString(CultureInfo.InvariantCulture));
            Assert.True(Money.TryParseMicros(text, out var micros));
            Assert.Equal(Money.ToMicros(value), micros);
        }
    }
}
