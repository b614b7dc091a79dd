using System.Text;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Settings;

public sealed class SettingsFoldTests
{
    private static readonly LogEvent[] History =
    [
        Event(1, "2025-01-01", "tenant", "tenant.registered", "{'name':'Acme','timeZone':'Europe/Moscow','currency':'USD'}"),
        Event(2, "2025-01-02", "tenant", "tenant.settings_changed", "{'inactivityDays':90,'purchaseSource':'payments'}"),
        Event(3, "2025-01-02", "tenant", "tenant.settings_changed", "{'inactivityDays':60,'cacCategories':['marketing']}"),
        Event(4, "2025-01-03", "tenant", "tenant.pipeline_defined",
            "{'pipeline':'main','stages':[{'id':'a','name':'A','stuckDays':3},{'id':'b','semantic':'success'}]}"),
        Event(5, "2025-01-04", "tenant", "tenant.pipeline_defined", "{'pipeline':'main','stages':[{'id':'c'}]}"),
        Event(6, "2025-01-03", "tenant", "tenant.pipeline_defined", "{'pipeline':'other','stages':[{'id':'x'},{'id':'c'}]}"),
        Event(7, "2025-01-05", "tenant", "tenant.calendar_set",
            "{'workingHours':{'mon':{'from':'09:00','to':'18:00'},'sat':{'from':'10:00','to':'24:00'}},'holidays':['2025-01-07']}"),
        Event(8, "2025-01-05", "tenant", "tenant.crm_launched", "{'date':'2025-01-01'}"),
        Event(9, "2025-01-06", "tenant", "fx.rate_set", "{'day':'2025-01-01','from':'USD','to':'RUB','rate':90.5}"),
    ];

    [Fact]
    public void The_last_writer_of_each_key_wins()
    {
        var settings = Fold(History).Settings;

        Assert.Equal(("Acme", "Europe/Moscow", "USD", 60, PurchaseSource.Payments, 30),
            (settings.Name, settings.TimeZone, settings.Currency, settings.InactivityDays, settings.PurchaseSource,
                settings.StuckDays));
        Assert.Equal(["marketing"], settings.CacCategories);
        Assert.Equal([new StageDefinition("c", "c", StageSemantic.Open, null)], settings.Pipelines["main"]);
        Assert.Equal(2, settings.Pipelines.Count);
        Assert.Equal([null, (540, 1080), null, null, null, null, (600, 1440)], settings.Calendar!.Days);
        Assert.Equal([new DateOnly(2025, 1, 7)], settings.Calendar.Holidays);
    }

    [Fact]
    public void Any_order_and_repetition_gives_the_same_bytes_and_a_round_trip_too()
    {
        var expected = Fold(History);
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var events = History.Concat(History.Take(random.Next(History.Length))).ToArray();
            random.Shuffle(events);
            var fold = new SettingsFold();
            foreach (var e in events)
            {
                fold.Apply(e);
                fold = SettingsFold.Deserialize(fold.Serialize());
            }

            Assert.Equal(expected.Serialize(), fold.Serialize());
            Assert.Equal(expected.Settings.CountingKey, fold.Settings.CountingKey);
        }
    }

    [Theory]
    [InlineData("tenant.settings_changed", "{'timeZone':'Asia/Omsk'}")]
    [InlineData("tenant.settings_changed", "{'currency':'EUR'}")]
    [InlineData("tenant.settings_changed", "{'inactivityDays':200}")]
    [InlineData("tenant.settings_changed", "{'purchaseSource':'deals'}")]
    [InlineData("tenant.settings_changed", "{'stuckDays':7}")]
    [InlineData("tenant.pipeline_defined", "{'pipeline':'main','stages':[{'id':'c','stuckDays':4}]}")]
    [InlineData("tenant.pipeline_defined", "{'pipeline':'main','stages':[{'id':'c','semantic':'failure'}]}")]
    [InlineData("tenant.pipeline_defined", "{'pipeline':'other','stages':[{'id':'c'},{'id':'x'}]}")]
    [InlineData("tenant.calendar_set", "{'holidays':['2025-01-08']}")]
    [InlineData("tenant.calendar_set", "{'workingHours':{'mon':{'from':'09:00','to':'17:00'}}}")]
    public void What_changes_how_the_past_is_counted_changes_the_key(string type, string data) =>
        Assert.NotEqual(Fold(History).Settings.CountingKey, Fold([.. History, Event(10, "2025-02-01", "tenant", type, data)])
            .Settings.CountingKey);

    [Theory]
    [InlineData("tenant.settings_changed", "{'name':'Other','locale':'en','crm':'bitrix24','industry':'retail'}")]
    [InlineData("tenant.settings_changed", "{'fiscalYearStartMonth':4,'cacCategories':[]}")]
    [InlineData("tenant.pipeline_defined", "{'pipeline':'main','stages':[{'id':'c','name':'Renamed'}]}")]
    [InlineData("tenant.target_set", "{'kpi':'win_rate','value':0.3,'due':'2026-01-01'}")]
    public void What_does_not_leaves_it(string type, string data) =>
        Assert.Equal(Fold(History).Settings.CountingKey, Fold([.. History, Event(10, "2025-02-01", "tenant", type, data)])
            .Settings.CountingKey);

    [Theory]
    [InlineData("{\"timeZone\":\"Nowhere\"}")]
    [InlineData("{\"currency\":\"rub\"}")]
    [InlineData("{\"inactivityDays\":5}")]
    [InlineData("{\"inactivityDays\":\"90\"}")]
    [InlineData("{\"stuckDays\":0}")]
    [InlineData("{\"purchaseSource\":\"both\"}")]
    public void A_value_out_of_bounds_is_passed_over(string data)
    {
        var fold = new SettingsFold();
        fold.Apply(new LogEvent(1, "tenant", "tenant.settings_changed", 0, Encoding.UTF8.GetBytes(data)));

        Assert.Equal(new TenantSettings().CountingKey, fold.Settings.CountingKey);
    }

    [Fact]
    public void Stages_are_found_in_their_pipeline_or_in_the_first_that_has_them()
    {
        var settings = Fold(History).Settings;

        Assert.Equal(1, settings.FindStage("other", "c").Order);
        Assert.Equal(0, settings.FindStage(null, "c").Order);
        Assert.Equal((-1, null), settings.FindStage("main", "x"));
        Assert.Equal((-1, null), settings.FindStage("unknown", "c"));
    }

    [Fact]
    public void Damaged_bytes_are_an_error()
    {
        var bytes = Fold(History).Serialize();

        Assert.Throws<FormatException>(() => SettingsFold.Deserialize([]));
        Assert.Throws<FormatException>(() => SettingsFold.Deserialize(bytes.AsSpan(0, bytes.Length - 1)));
        Assert.Throws<FormatException>(() => SettingsFold.Deserialize([.. bytes, 0]));
        Assert.Throws<FormatException>(() => SettingsFold.Deserialize([99, .. bytes.AsSpan(1)]));
    }

    private static SettingsFold Fold(IEnumerable<LogEvent> events)
    {
        var fold = new SettingsFold();
        foreach (var e in events)
            fold.Apply(e);
        return fold;
    }
}
