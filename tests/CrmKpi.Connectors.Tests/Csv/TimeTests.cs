using CrmKpi.Connectors.Csv;
using CrmKpi.Connectors.Csv.Values;

namespace CrmKpi.Connectors.Tests.Csv;

public sealed class TimeTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly TimeZoneInfo Moscow = TimeZoneInfo.FindSystemTimeZoneById("Europe/Moscow");

    [Theory]
    [InlineData("iso", "2025-01-02", "2025-01-02T00:00:00+01:00")]
    [InlineData("iso", "2025-07-02 10:20", "2025-07-02T10:20:00+02:00")]
    [InlineData("iso", "2025-07-02T10:20:30.1234567", "2025-07-02T10:20:30.1234567+02:00")]
    [InlineData("iso", "2025-07-02T10:20:30Z", "2025-07-02T10:20:30+00:00")]
    [InlineData("iso", "2025-07-02T10:20:30.5+05:30", "2025-07-02T10:20:30.5+05:30")]
    [InlineData("iso", "2025-07-02 10:20:30+03", "2025-07-02T10:20:30+03:00")]
    [InlineData("iso", "2025-07-02 10:20:30 UTC", "2025-07-02T10:20:30+00:00")]
    [InlineData("dd.MM.yyyy HH:mm", "02.07.2025 10:20", "2025-07-02T10:20:00+02:00")]
    [InlineData("yyyyMMdd", "19970101", "1997-01-01T00:00:00+01:00")]
    [InlineData("M/d/yyyy h:mm tt", "7/2/2025 3:05 PM", "2025-07-02T15:05:00+02:00")]
    [InlineData("dd.MM.yyyy HH:mm zzz", "02.07.2025 10:20 +03:00", "2025-07-02T10:20:00+03:00")]
    [InlineData("unix", "1735689600", "2025-01-01T00:00:00+00:00")]
    [InlineData("unix", "1735689600.5", "2025-01-01T00:00:00.5+00:00")]
    [InlineData("unixMs", "1735689600123", "2025-01-01T00:00:00.123+00:00")]
    [InlineData("excel", "45658.5", "2025-01-01T12:00:00+01:00")]
    public void Reads(string format, string text, string expected)
    {
        Assert.True(TimeFormat.IsFormat(format));
        Assert.Equal(DateTimeOffset.Parse(expected), new TimeFormat([format], Berlin).Parse(text, "t"));
        Assert.Equal(DateTimeOffset.Parse(expected).Offset, new TimeFormat([format], Berlin).Parse(text, "t").Offset);
    }

    [Theory]
    [InlineData("iso", "02.01.2025")]
    [InlineData("iso", "2025-02-30")]
    [InlineData("iso", "2025-1-2")]
    [InlineData("dd.MM.yyyy", "2025-01-02")]
    [InlineData("unix", "1e400")]
    [InlineData("unix", "999999999999999999")]
    [InlineData("excel", "-1")]
    public void Refuses(string format, string text)
    {
        var e = Assert.Throws<RowProblemException>(() => new TimeFormat([format], Berlin).Parse(text, "won"));
        Assert.Equal(("bad_time", "won"), (e.Code, e.Column));
        Assert.Contains(text, e.Message);
        Assert.Contains(format, e.Message);
    }

    [Fact]
    public void Tries_the_formats_in_their_order()
    {
        var format = new TimeFormat(["dd.MM.yyyy", "iso"], Moscow);
        Assert.Equal(DateTimeOffset.Parse("2025-02-01T00:00+03:00"), format.Parse("01.02.2025", "t"));
        Assert.Equal(DateTimeOffset.Parse("2025-02-01T00:00+03:00"), format.Parse("2025-02-01", "t"));
    }

    [Fact]
    public void Uses_the_offset_of_its_day_where_a_zone_has_changed()
    {
        Assert.Equal(TimeSpan.FromHours(4), new TimeFormat(["iso"], Moscow).Parse("2013-01-15", "t").Offset);
        Assert.Equal(TimeSpan.FromHours(3), new TimeFormat(["iso"], Moscow).Parse("2015-01-15", "t").Offset);
    }

    [Fact]
    public void A_time_in_the_spring_gap_moves_forward_or_is_refused()
    {
        var forward = new TimeFormat(["iso"], Berlin).Parse("2025-03-30 02:30", "t");
        Assert.Equal(DateTimeOffset.Parse("2025-03-30T03:30+02:00"), forward);
        var e = Assert.Throws<RowProblemException>(
            () => new TimeFormat(["iso"], Berlin, GapRule.Error).Parse("2025-03-30 02:30", "t"));
        Assert.Equal("time_in_gap", e.Code);
    }

    [Fact]
    public void A_time_that_comes_twice_in_autumn_is_the_first_the_second_or_refused()
    {
        DateTimeOffset Read(OverlapRule rule) =>
            new TimeFormat(["iso"], Berlin, Overlap: rule).Parse("2025-10-26 02:30", "t");

        Assert.Equal(DateTimeOffset.Parse("2025-10-26T00:30Z"), Read(OverlapRule.First));
        Assert.Equal(DateTimeOffset.Parse("2025-10-26T01:30Z"), Read(OverlapRule.Second));
        Assert.Equal("time_twice", Assert.Throws<RowProblemException>(() => Read(OverlapRule.Error)).Code);
    }

    [Theory]
    [InlineData("q")]
    [InlineData("d")]
    [InlineData("yyyy-MM-dd'")]
    public void Knows_what_is_no_format(string format) => Assert.False(TimeFormat.IsFormat(format));
}
