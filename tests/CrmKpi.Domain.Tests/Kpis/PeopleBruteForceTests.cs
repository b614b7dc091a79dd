using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Adoption from the cube against following every user event by event.</summary>
public sealed class PeopleBruteForceTests
{
    private const long MicrosPerDay = 86_400_000_000;
    private const int Days = 60;

    private static readonly (int, int)? Day = (540, 1080);

    private static readonly TenantSettings Settings = new()
    {
        Calendar = new WorkingCalendar([null, Day, Day, Day, Day, Day, null], new HashSet<DateOnly> { new(2025, 1, 8) }),
    };

    private static readonly int First = new DateOnly(2025, 1, 1).DayNumber;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Adoption_is_what_following_users_one_by_one_gives(int seed)
    {
        var random = new Random(seed);
        var events = Enumerable.Range(1, 400).Select(i => RandomEvent(random, i)).ToArray();
        var cube = ReadModel.Of(Settings, events).Snapshot();
        var users = events.GroupBy(e => e.Stream)
            .Select(g => g.OrderBy(e => e.TimeMicros).ThenBy(e => e.Sequence).ToArray()).ToList();
        for (var round = 0; round < 60; round++)
        {
            var from = First + random.Next(Days);
            var period = new Period(from, from + 1 + random.Next(20));
            Check(cube, users, period);
            Check(cube, [.. users.Where(u => u[0].Stream == "user/u3")], period, new DimensionFilter(Dimensions.Manager, ["u3"]));
        }
    }

    private static void Check(
        CubeSnapshot cube, IReadOnlyList<LogEvent[]> users, Period period, params DimensionFilter[] filters)
    {
        var days = Enumerable.Range(period.From, period.Days).ToList();
        var assigned = users.Count(u => HasAccess(u, period.From, period.To - 1));
        var active = users.Count(u => days.Any(d => IsActive(u, d)));
        var worked = users.Sum(u => days.Count(d => Settings.IsWorkingDay(d) && IsActive(u, d) && AtEndOf(u, d)));
        var able = users.Sum(u => days.Count(d => Settings.IsWorkingDay(d) && AtEndOf(u, d)));

        Assert.Equal((active, assigned), Parts("adoption_rate"));
        Assert.Equal((worked, able), Parts("daily_active_share"));

        (decimal?, decimal?) Parts(string kpi) =>
            cube.Value(kpi, period, filters) is var value ? (value.Numerator, value.Denominator) : default;
    }

    private static bool IsActive(LogEvent[] user, int day) =>
        HasAccess(user, day, day)
        && user.Any(e => DayOf(e) == day && e.Type is ("user.logged_in" or "activity.logged"));

    // At the beginning of the first day, or after some event until the last.
    private static bool HasAccess(LogEvent[] user, int first, int last) =>
        AtEndOf(user, first - 1)
        || user.Any(e => DayOf(e) >= first && DayOf(e) <= last && (e.Type == "user.provisioned" || e == user[0]));

    private static bool AtEndOf(LogEvent[] user, int day)
    {
        var has = false;
        for (var i = 0; i < user.Length && DayOf(user[i]) <= day; i++)
            has = user[i].Type != "user.deactivated" && (has || i == 0 || user[i].Type == "user.provisioned");
        return has;
    }

    private static int DayOf(LogEvent e) => (int)(e.TimeMicros / MicrosPerDay) + Rfc3339.EpochDay;

    private static LogEvent RandomEvent(Random random, int sequence)
    {
        var (type, data) = random.Next(10) switch
        {
            0 or 1 => ("user.provisioned", "{}"),
            2 or 3 => ("user.deactivated", "{}"),
            4 => ("activity.logged", """{"kind":"call"}"""),
            _ => ("user.logged_in", "{}"),
        };
        var micros = (First - Rfc3339.EpochDay + random.Next(Days)) * MicrosPerDay + random.Next(24) * 3_600_000_000L;
        return new LogEvent(sequence, $"user/u{random.Next(8)}", type, micros, System.Text.Encoding.UTF8.GetBytes(data));
    }
}
