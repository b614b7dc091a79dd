using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Targets;

namespace CrmKpi.Domain.Tests.Kpis.Targets;

public sealed class AttainmentTests
{
    [Theory]
    [InlineData(20, 25, Better.Up, 80)]
    [InlineData(30, 25, Better.Up, 120)]
    [InlineData(20, 25, Better.Down, 125)]
    [InlineData(50, 25, Better.Down, 50)]
    [InlineData(25, 25, Better.Down, 100)]
    [InlineData(0, 25, Better.Up, 0)]
    [InlineData(0, 25, Better.Down, 100)] // no complaint at all
    [InlineData(3, 0, Better.Down, 0)]
    [InlineData(3, 0, Better.Up, 100)]
    [InlineData(-5, -10, Better.Up, 100)] // less of a loss than wanted
    [InlineData(-20, -10, Better.Up, 0)]
    [InlineData(0, 0, Better.Up, 100)]
    [InlineData(0, 0, Better.Down, 100)]
    public void More_than_a_hundred_is_better_than_wanted_whichever_way(int value, int wanted, Better better, int percent) =>
        Assert.Equal(percent, Attainment.Of(value, wanted, better));

    [Fact]
    public void Without_a_value_there_is_none() => Assert.Null(Attainment.Of(null, 5, Better.Up));

    [Theory]
    [InlineData("win_rate", 100, true)]
    [InlineData("win_rate", 101, false)]
    [InlineData("win_rate", -1, false)]
    [InlineData("lead_to_deal_conversion", 101, true)] // no part of a whole
    [InlineData("nps", -100, true)]
    [InlineData("nps", 101, false)]
    [InlineData("csi", 5.1, false)]
    [InlineData("leads_created", -1, false)]
    [InlineData("revenue", 1e9, true)]
    [InlineData("response_time", -1, false)]
    public void A_target_must_be_a_value_that_the_kpi_can_have(string kpi, double value, bool fits)
    {
        var output = Catalogue.Resolve(kpi)!;
        Assert.Equal(fits, TargetValue.Fits(output, (decimal)value));
        Assert.True(TargetValue.Fits(output, TargetValue.Clamp(output, (decimal)value)));
    }
}
