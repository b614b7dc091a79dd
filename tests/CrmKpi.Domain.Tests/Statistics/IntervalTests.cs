using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Tests.Statistics;

public sealed class IntervalTests
{
    // The values of R's qt(0.975, df).
    [Theory]
    [InlineData(1, 12.706204736432095)]
    [InlineData(2, 4.302652729911275)]
    [InlineData(5, 2.570581835636314)]
    [InlineData(10, 2.2281388519649385)]
    [InlineData(30, 2.0422724563012373)]
    [InlineData(120, 1.9799304050824413)]
    [InlineData(1000, 1.9623390808264078)]
    public void Student_quantiles_are_those_of_the_tables(int degrees, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(0.975, degrees), 9);

    [Fact]
    public void The_expansion_for_large_samples_continues_the_exact_quantile() =>
        Assert.Equal(StudentT.Quantile(0.975, 10_000), StudentT.Quantile(0.975, 10_000.001), 8);

    [Theory]
    [InlineData(0.0, 0.5)]
    [InlineData(1.0, 0.8295534338489701)]
    [InlineData(-1.0, 0.1704465661510299)]
    public void Student_distribution_with_ten_degrees(double t, double p) => Assert.Equal(p, StudentT.Distribution(t, 10), 12);

    [Fact]
    public void Wilson_of_half_of_ten()
    {
        var interval = Interval.OfShare(5, 10)!.Value;
        Assert.Equal(0.2365930910, interval.Low, 8);
        Assert.Equal(0.7634069090, interval.High, 8);
    }

    [Fact]
    public void Wilson_stays_within_zero_and_one()
    {
        Assert.Equal(0, Interval.OfShare(0, 20)!.Value.Low);
        Assert.Equal(1, Interval.OfShare(20, 20)!.Value.High);
        Assert.Equal(0.1611, Interval.OfShare(0, 20)!.Value.High, 4);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    [InlineData(-1, 2)]
    public void What_is_not_a_share_has_no_interval(int successes, int n) => Assert.Null(Interval.OfShare(successes, n));

    [Fact]
    public void The_interval_of_a_mean_is_the_textbook_one()
    {
        // 4, 8, 6, 5, 3: mean 5.2, s² = 3.7, t(0.975, 4) = 2.7764.
        var interval = Interval.OfMean(5, 26, 150)!.Value;
        var half = 2.7764451051977987 * Math.Sqrt(3.7 / 5);
        Assert.Equal(5.2 - half, interval.Low, 9);
        Assert.Equal(5.2 + half, interval.High, 9);
    }

    [Fact]
    public void One_value_has_no_interval() => Assert.Null(Interval.OfMean(1, 5, 25));

    [Fact]
    public void Equal_values_have_an_interval_of_no_width()
    {
        var interval = Interval.OfMean(3, 3_000_000_000_000m, 3_000_000_000_000_000_000_000_000m)!.Value;
        Assert.Equal(interval.Low, interval.High);
    }

    [Fact]
    public void Squares_beyond_decimals_still_give_an_interval() =>
        Assert.True(Interval.OfMean(4, 4.8e14m, 6e28m)!.Value.Low < 1.2e14);
}
