using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Forecasts;

public sealed class ForecastTests
{
    private static readonly TenantSettings Settings = new();

    [Fact]
    public void The_last_submission_before_the_period_counts_and_later_ones_are_kept()
    {
        var model = Of(Settings, Submitted(1, "2025-02-01", 80), Submitted(2, "2025-02-27", 100), Submitted(3, "2025-03-10", 62));

        Assert.Equal("""
            2025-03-01 {manager=ann} +1 50
            2025-03-02 {manager=ann} +1 50
            """, model.Show(Measures.Forecast));
        Assert.Equal(62m, model.Fact("forecast/f")["amount"]);
        Assert.Equal(100m, model.Fact("forecast/f")["amount_at_start"]);
    }

    [Fact]
    public void A_forecast_that_was_first_made_in_its_period_never_stood()
    {
        var model = Of(Settings, Submitted(1, "2025-03-01", 80));

        Assert.Empty(model.Cells);
        Assert.Equal(80m, model.Fact("forecast/f")["amount"]);
        Assert.Null(model.Fact("forecast/f")["amount_at_start"]);
    }

    [Theory]
    [InlineData("UTC", true)]
    [InlineData("Europe/Moscow", false)]
    [InlineData("America/Sao_Paulo", true)]
    public void A_period_begins_at_midnight_of_the_tenant(string zone, bool stood)
    {
        var model = Of(Settings with { TimeZone = zone }, Submitted(1, "2025-02-28 21:30", 80));

        Assert.Equal(stood, model.Cells.Count > 0);
    }

    [Fact]
    public void A_late_submission_for_another_period_does_not_take_away_what_stood()
    {
        var model = Of(Settings, Submitted(1, "2025-02-20", 80), Submitted(2, "2025-02-25", 10, "2025-02-01", "2025-02-10"));

        Assert.Equal("""
            2025-03-01 {manager=ann} +1 40
            2025-03-02 {manager=ann} +1 40
            """, model.Show(Measures.Forecast));
    }

    private static LogEvent Submitted(
        long sequence, string time, int amount, string from = "2025-03-01", string to = "2025-03-02") =>
        Event(sequence, time, "forecast/f", "forecast.submitted",
            $"{{'amount':{amount},'manager':'ann','period':{{'from':'{from}','to':'{to}'}}}}");
}
