using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Tests.Folding;

public sealed class LocalDaysTests
{
    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Moscow")]
    [InlineData("America/Sao_Paulo")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Pacific/Apia")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("America/New_York")]
    [InlineData("Africa/Monrovia")]
    [InlineData("Antarctica/Troll")]
    public void The_day_is_that_of_the_zones_rules_at_any_time(string zone)
    {
        var (days, rules, random) = (LocalDays.For(zone), TimeZoneInfo.FindSystemTimeZoneById(zone), new Random(3));
        for (var round = 0; round < 20_000; round++)
        {
            // 1900 to 2150, and densely around the hours in which days change.
            var micros = random.NextInt64(-2_208_988_800, 5_680_281_600) * 1_000_000;
            if (round % 2 == 0)
                micros -= micros % 86_400_000_000 + random.NextInt64(-14, 15) * 1_800_000_000;
            var utc = Rfc3339.UtcOf(micros);
            var local = utc + rules.GetUtcOffset(utc);
            Assert.Equal((utc, DateOnly.FromDateTime(local).DayNumber), (utc, days.DayOf(micros)));
        }
    }

    [Theory]
    [InlineData("Europe/Moscow", "2011-12-30T12:00:00", 14)]
    [InlineData("Pacific/Apia", "2011-12-29T12:00:00", 14)]
    [InlineData("America/Sao_Paulo", "2018-11-04T00:00:00", 3)]
    [InlineData("Europe/Berlin", "2025-03-30T00:00:00", 30)]
    [InlineData("Europe/Berlin", "2025-10-26T00:00:00", 30)]
    [InlineData("Australia/Lord_Howe", "2025-04-06T00:00:00", 30)]
    public void A_local_time_that_exists_is_found_again(string zone, string around, int halfHours)
    {
        var (days, rules) = (LocalDays.For(zone), TimeZoneInfo.FindSystemTimeZoneById(zone));
        var start = DateTime.Parse(around, System.Globalization.CultureInfo.InvariantCulture);
        for (var i = -halfHours; i <= halfHours; i++)
        {
            var local = start.AddMinutes(i * 10);
            if (rules.IsInvalidTime(local))
                continue;
            var day = DateOnly.FromDateTime(local).DayNumber;
            var instant = days.InstantOf(day, (int)local.TimeOfDay.TotalMinutes);
            var utc = Rfc3339.UtcOf(instant);
            Assert.Equal(local, DateTime.SpecifyKind(utc + rules.GetUtcOffset(utc), DateTimeKind.Unspecified));
            // Of a reading that comes twice it is the first.
            if (rules.IsAmbiguousTime(local))
                Assert.Equal(rules.GetAmbiguousTimeOffsets(local).Max(), rules.GetUtcOffset(utc));
        }
    }

    [Fact]
    public void A_skipped_reading_counts_on_from_before_the_gap()
    {
        var days = LocalDays.For("Europe/Berlin");
        var day = new DateOnly(2025, 3, 30).DayNumber;

        Assert.Equal(new DateTime(2025, 3, 30, 1, 30, 0, DateTimeKind.Utc), Rfc3339.UtcOf(days.InstantOf(day, 150)));
    }

    [Fact]
    public void An_unknown_zone_is_an_error() =>
        Assert.Throws<TimeZoneNotFoundException>(() => LocalDays.For("Europe/Nowhere"));
}
