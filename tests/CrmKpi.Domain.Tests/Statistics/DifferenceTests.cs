using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Tests.Statistics;

/// <summary>The figures are R's: <c>tests/data/statistics/figures.R</c>.</summary>
public sealed class DifferenceTests
{
    public static TheoryData<string> Shares => RFigures.Rows("shares.csv");

    public static TheoryData<string> Means => RFigures.Rows("means.csv");

    public static TheoryData<string> Tails => RFigures.Rows("normal.csv");

    public static TheoryData<string> Lines => RFigures.Rows("lines.csv");

    [Theory]
    [MemberData(nameof(Shares))]
    public void Two_shares_are_compared_as_by_prop_test(string row)
    {
        var cells = row.Split(',');
        var d = RFigures.Decimals(cells[..4]);
        Check(cells, 4, Difference.OfShares(d[0], d[1], d[2], d[3]));
    }

    [Theory]
    [MemberData(nameof(Means))]
    public void Two_means_are_compared_as_by_t_test(string row)
    {
        var cells = row.Split(',');
        var d = RFigures.Decimals(cells[..6]);
        Check(cells, 6, Difference.OfMeans((long)d[0], d[1], d[2], (long)d[3], d[4], d[5]));
    }

    [Theory]
    [MemberData(nameof(Means))]
    public void The_other_way_round_only_the_sign_changes(string row)
    {
        var d = RFigures.Decimals(row.Split(',')[..6]);
        var one = Difference.OfMeans((long)d[0], d[1], d[2], (long)d[3], d[4], d[5]);
        var other = Difference.OfMeans((long)d[3], d[4], d[5], (long)d[0], d[1], d[2]);
        Assert.Equal(one?.P, other?.P);
        Assert.Equal(one?.Interval.Low, -other?.Interval.High);
    }

    [Theory]
    [InlineData(0, 0, 1, 2)] // nothing observed
    [InlineData(1, 2, 0, 0)]
    [InlineData(3, 2, 1, 2)] // no part of its whole
    [InlineData(1, 2, -1, 2)]
    [InlineData(0, 5, 0, 9)] // nothing to tell apart
    [InlineData(5, 5, 9, 9)]
    public void Without_two_shares_there_is_no_test(int part1, int n1, int part2, int n2) =>
        Assert.Null(Difference.OfShares(part1, n1, part2, n2));

    [Fact]
    public void One_value_has_no_variance() => Assert.Null(Difference.OfMeans(1, 5, 25, 4, 10, 30));

    [Fact]
    public void Sums_beyond_decimals_still_give_a_test()
    {
        var difference = Difference.OfMeans(4, 4.8e14m, 6e28m, 4, 4.9e14m, 6.2e28m)!.Value;
        Assert.InRange(difference.P, 0, 1);
        Assert.InRange(-0.025e14, difference.Interval.Low, difference.Interval.High);
    }

    [Fact]
    public void Significant_is_below_five_percent()
    {
        Assert.True(Difference.OfShares(12, 100, 28, 100)!.Value.IsSignificant);
        Assert.False(Difference.OfShares(12, 100, 14, 100)!.Value.IsSignificant);
        Assert.False(new Difference(0.05, default).IsSignificant);
    }

    [Theory]
    [MemberData(nameof(Tails))]
    public void Normal_tails_are_exact_to_the_far_end(string row)
    {
        var d = RFigures.Doubles(row.Split(','));
        Assert.InRange(Normal.TwoSided(d[0]) / d[1], 1 - 2e-12, 1 + 2e-12);
        Assert.Equal(Normal.TwoSided(d[0]), Normal.TwoSided(-d[0]));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Lines_are_those_of_lm(string row)
    {
        var cells = row.Split(',');
        var points = RFigures.Doubles(cells[0].Split(' ')).Zip(RFigures.Doubles(cells[1].Split(' '))).ToList();
        var line = Line.Through(points)!.Value;
        Assert.Equal(RFigures.Double(cells[2])!.Value, line.Intercept, 9);
        Assert.Equal(RFigures.Double(cells[3])!.Value, line.Slope, 9);
        Assert.Equal(RFigures.Double(cells[4]) ?? -1, line.RSquared ?? -1, 9);
        Assert.Equal(points.Count, line.N);
        Assert.Equal(line.Intercept + 7 * line.Slope, line.At(7));
    }

    [Fact]
    public void Two_points_or_one_place_are_no_line()
    {
        Assert.Null(Line.Through([(1, 2), (2, 3)]));
        Assert.Null(Line.Through([(1, 2), (1, 3), (1, 4)]));
    }

    private static void Check(string[] cells, int at, Difference? difference)
    {
        if (RFigures.Double(cells[at]) is not { } p)
        {
            Assert.Null(difference);
            return;
        }
        Assert.Equal(p, difference!.Value.P, 1e-9);
        if (p > 1e-250)
            Assert.InRange(difference.Value.P / p, 1 - 1e-7, 1 + 1e-7);
        var scale = Math.Max(1, Math.Abs(RFigures.Double(cells[at + 1])!.Value));
        Assert.Equal(RFigures.Double(cells[at + 1])!.Value, difference.Value.Interval.Low, 1e-9 * scale);
        Assert.Equal(RFigures.Double(cells[at + 2])!.Value, difference.Value.Interval.High, 1e-9 * scale);
    }
}
