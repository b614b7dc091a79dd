using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Velocity and slippage on a few events.</summary>
public sealed class SalesRiskExamplesTests
{
    private static readonly Domain.Periods.Period March = Ask.Period("2025-03-01", "2025-04-01");

    [Fact]
    public void Velocity_is_open_deals_times_size_times_win_rate_over_the_cycle()
    {
        var cube = new Story().Opened("2025-03-01", 1, "new").Opened("2025-03-05", 1, "new").Opened("2025-03-09", 1, "new")
            .Won("2025-03-10", 400, cycleDays: 10).Won("2025-03-20", 600, cycleDays: 30).Lost("2025-03-20", 1).Lost("2025-03-20", 1)
            .Snapshot();
        // 3 open × 500 × 50 % ÷ 20 days
        Assert.Equal(37.5m, cube.Value("sales_velocity", March).Value);
        Assert.Null(cube.Value("sales_velocity", Ask.Period("2025-05-01", "2025-06-01")).Value);
    }

    [Fact]
    public void Slippage_is_the_share_of_open_deals_whose_close_moved_later()
    {
        var cube = Cube(Expecting(1, "a", "2025-02-01", "2025-03-20"), Moved(2, "a", "2025-03-10", "2025-04-20"),
            Moved(3, "a", "2025-03-12", "2025-05-20"), // twice in March: one deal
            Expecting(4, "b", "2025-03-02", "2025-03-20"), Moved(5, "b", "2025-03-10", "2025-03-15"), // earlier
            Expecting(6, "c", "2025-02-02", "2025-03-20"), Moved(7, "c", "2025-02-10", "2025-04-15"), // in February
            Expecting(8, "d", "2025-01-02", "2025-03-20"), Event(9, "2025-02-03", "deal/d", "deal.lost"), // closed before
            Expecting(10, "e", "2025-04-02", "2025-04-20")); // opened after
        var value = cube.Value("slippage_rate", March);

        Assert.Equal((1m, 3m), (value.Numerator, value.Denominator)); // a of a, b, c
        Assert.Equal((2m, 4m), Parts(cube, Ask.Period("2025-01-01", "2025-04-01"))); // a, c of a, b, c, d
        Assert.Equal((0m, 4m), Parts(cube, Ask.Period("2025-04-01", "2025-05-01"))); // a, b, c, e are open
    }

    private static CubeSnapshot Cube(params LogEvent[] events) => Of(new TenantSettings(), events).Snapshot();

    private static (decimal?, decimal?) Parts(CubeSnapshot cube, Domain.Periods.Period period)
    {
        var value = cube.Value("slippage_rate", period);
        return (value.Numerator, value.Denominator);
    }

    private static LogEvent Expecting(long sequence, string deal, string day, string close) =>
        Event(sequence, day, $"deal/{deal}", "deal.created", $"{{'stage':'new','expectedClose':'{close}'}}");

    private static LogEvent Moved(long sequence, string deal, string day, string close) =>
        Event(sequence, day, $"deal/{deal}", "deal.expected_close_changed", $"{{'expectedClose':'{close}'}}");
}
