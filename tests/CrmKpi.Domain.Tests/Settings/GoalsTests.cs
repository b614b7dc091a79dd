using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Settings;

/// <summary>Baseline, launch and targets in the fold of the settings.</summary>
public sealed class GoalsTests
{
    private static readonly LogEvent[] History =
    [
        Event(1, "2025-01-01", "tenant", "tenant.registered", "{'name':'Acme','timeZone':'Asia/Vladivostok'}"),
        Event(2, "2025-01-02", "tenant", "tenant.baseline_set", "{'from':'2024-10-01','to':'2025-01-01'}"),
        Event(3, "2025-01-03", "tenant", "tenant.crm_launched", "{'date':'2025-01-15'}"),
        Event(4, "2025-01-04 20:00", "tenant", "tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30'}"),
        Event(5, "2025-01-05", "tenant", "tenant.target_set",
            "{'kpi':'leads_created','value':50,'due':'2025-06-30','per':'day','path':'stepwise','from':'2025-02-01','start':12.5,"
            + "'filters':{'source':['web','(blank)','ads'],'manager':['ann']}}"),
        Event(6, "2025-01-06", "tenant", "tenant.target_set", "{'kpi':'win_rate','value':35,'due':'2025-06-30'}"),
        Event(7, "2025-01-07", "tenant", "tenant.target_set", "{'kpi':'win_rate','value':40,'due':'2025-12-31'}"),
        Event(8, "2025-01-08", "tenant", "tenant.target_set", "{'kpi':'win_rate','value':20,'due':'2025-06-30','filters':{'manager':['bob']}}"),
        Event(9, "2025-01-01", "tenant", "tenant.baseline_set", "{'from':'2023-10-01','to':'2024-01-01'}"), // said earlier
    ];

    [Fact]
    public void The_last_baseline_and_launch_count()
    {
        var settings = Fold(History).Settings;
        Assert.Equal(new Period(new DateOnly(2024, 10, 1), new DateOnly(2025, 1, 1)), settings.Baseline);
        Assert.Equal(new DateOnly(2025, 1, 15), settings.CrmLaunched);
        Assert.Null(new TenantSettings().Baseline);
        Assert.Empty(new TenantSettings().Targets);
    }

    [Fact]
    public void Of_targets_for_the_same_the_last_counts_and_all_stay_visible()
    {
        var settings = Fold(History).Settings;
        Assert.Equal(
            ["leads_created 50", "win_rate 35", "win_rate 40", "win_rate 20"], settings.Targets.Select(t => $"{t.Kpi} {t.Value}"));
        Assert.Equal([4L, 5, 6, 7, 8], settings.TargetHistory.Select(t => t.Sequence));
        Assert.Equal(new DateTimeOffset(2025, 1, 4, 20, 0, 0, TimeSpan.Zero), settings.TargetHistory[0].SetAt);
    }

    [Fact]
    public void A_target_keeps_all_that_was_said_of_it()
    {
        var target = Fold(History).Settings.Targets[0];
        Assert.Equal(
            (50m, new DateOnly(2025, 6, 30), TargetPath.Stepwise, TargetPer.Day, new DateOnly(2025, 2, 1), 12.5m),
            (target.Value, target.Due, target.Path, target.Per, target.From, target.Start!.Value));
        Assert.Equal([Dimensions.Manager, Dimensions.Source], target.Filters.Select(f => f.Dimension));
        Assert.Equal([null, "ads", "web"], target.Filters[1].Values);
    }

    [Fact]
    public void A_path_begins_on_the_tenants_day_of_the_event() =>
        // 20:00 UTC on the 4th is already the 5th in Vladivostok.
        Assert.Equal(new DateOnly(2025, 1, 5), Fold(History).Settings.TargetHistory[0].From);

    [Fact]
    public void Any_order_and_repetition_gives_the_same_bytes_and_a_round_trip_too()
    {
        var expected = Fold(History);
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var events = History.Concat(History.Take(random.Next(History.Length))).ToArray();
            random.Shuffle(events);
            var fold = Fold(events);
            Assert.Equal(expected.Serialize(), fold.Serialize());
            var read = SettingsFold.Deserialize(fold.Serialize());
            Assert.Equal(expected.Serialize(), read.Serialize());
            Assert.Equal(expected.Settings.Targets.Select(t => t.Key), read.Settings.Targets.Select(t => t.Key));
        }
    }

    [Fact]
    public void Goals_do_not_change_how_the_past_is_counted() =>
        Assert.Equal(Fold(History[..1]).Settings.CountingKey, Fold(History).Settings.CountingKey);

    [Fact]
    public void Of_very_many_targets_the_latest_are_kept_whatever_their_order()
    {
        var events = Enumerable.Range(1, TargetsFold.SetsMax + 50).Select(i =>
            new LogEvent(i, "tenant", "tenant.target_set", i, Encoding.UTF8.GetBytes(
                $$"""{"kpi":"win_rate","value":{{i % 100}},"due":"2025-06-30"}"""))).ToArray();
        var expected = Fold(events);
        Assert.Equal(51, expected.Settings.TargetHistory[0].Sequence);
        Assert.Equal(TargetsFold.SetsMax, expected.Settings.TargetHistory.Count);
        new Random(1).Shuffle(events);
        Assert.Equal(expected.Serialize(), Fold(events).Serialize());
    }

    [Theory]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':'30','due':'2025-06-30'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','due':'2025-06-30'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30}")]
    [InlineData("tenant.target_set", "{'value':30,'due':'2025-06-30'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':1e13,'due':'2025-06-30'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'0001-06-30'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','from':'2025-07-01'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','start':-2e12}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','path':'steep'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','per':'hour'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','filters':'manager'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','filters':['manager']}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','filters':{'colour':['red']}}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','filters':{'manager':[]}}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','filters':{'manager':[1]}}")]
    [InlineData("tenant.baseline_set", "{'from':'2025-01-01','to':'2025-01-01'}")]
    [InlineData("tenant.baseline_set", "{'from':'2015-01-01','to':'2026-01-01'}")]
    [InlineData("tenant.baseline_set", "{'from':'0001-01-01','to':'0001-02-01'}")]
    [InlineData("tenant.crm_launched", "{'date':'9999-12-31'}")]
    [InlineData("tenant.crm_launched", "{'date':'1969-12-31'}")]
    public void What_cannot_be_worked_with_is_refused_or_passed_over(string type, string data)
    {
        var bytes = Encoding.UTF8.GetBytes(data.Replace('\'', '"'));
        Assert.Equal(new SettingsFold().Serialize(), Fold([new LogEvent(1, "tenant", type, 0, bytes)]).Serialize());
        Assert.NotEmpty(Problems(type, data));
    }

    [Theory]
    [InlineData("tenant.target_set", "{'kpi':'own_kpi','value':-30.5,'due':'2025-06-30','filters':{'manager':['ann']},'path':'linear'}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':30,'due':'2025-06-30','from':null,'start':0,'per':'month'}")]
    [InlineData("tenant.baseline_set", "{'from':'2024-01-01','to':'2025-01-01'}")]
    [InlineData("tenant.crm_launched", "{'date':'1970-01-01'}")]
    public void What_can_be_is_taken(string type, string data)
    {
        Assert.Empty(Problems(type, data));
        Assert.NotEqual(
            new SettingsFold().Serialize(),
            Fold([new LogEvent(1, "tenant", type, 0, Encoding.UTF8.GetBytes(data.Replace('\'', '"')))]).Serialize());
    }

    [Fact]
    public void Settings_of_the_first_format_are_read_without_goals()
    {
        // Name and currency, set at second 1 by event 1, and nothing else, as the first format wrote them.
        byte[] bytes = [1, 1, 0x80, 0x89, 0x7a, 2, 5, .. "Acme"u8, 0, 1, 0, 0, 4, .. "EUR"u8, .. new byte[10], 0];
        var settings = SettingsFold.Deserialize(bytes).Settings;
        Assert.Equal(("Acme", "EUR", 180), (settings.Name, settings.Currency, settings.InactivityDays));
        Assert.Null(settings.Baseline);
        Assert.Empty(settings.Targets);
    }

    private static IReadOnlyList<EventProblem> Problems(string type, string data)
    {
        var text = $$"""
            {"specversion":"1.0","id":"1","source":"t","type":"{{type}}","subject":"tenant","time":"2025-01-01T00:00:00Z","data":{{data.Replace('\'', '"')}}}
            """;
        return CloudEventParser.Parse(Encoding.UTF8.GetBytes(text), new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero)).Problems;
    }

    private static SettingsFold Fold(IEnumerable<LogEvent> events)
    {
        var fold = new SettingsFold();
        foreach (var e in events)
            fold.Apply(e);
        return fold;
    }
}
