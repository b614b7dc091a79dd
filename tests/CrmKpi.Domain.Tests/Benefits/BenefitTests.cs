using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Benefits;

public sealed class BenefitTests
{
    private static readonly TenantSettings Settings = new();

    [Fact]
    public void A_benefit_is_spread_over_its_period_to_the_last_millionth()
    {
        var model = Of(Settings, Event(1, "2025-02-05", "benefit/b", "benefit.recorded",
            "{'category':'time_saved','amount':'100.000001','period':{'from':'2025-01-01','to':'2025-01-03'}}"));

        Assert.Equal("""
            2025-01-01 {category=time_saved} +1 33.333333
            2025-01-02 {category=time_saved} +1 33.333334
            2025-01-03 {category=time_saved} +1 33.333334
            """, model.Show(Measures.Benefit));
        Assert.Equal(100.000001m, model.Fact("benefit/b")["amount"]);
        Assert.Equal(new DateOnly(2025, 1, 3), model.Fact("benefit/b")["period_to"]);
    }

    [Fact]
    public void Without_a_period_it_lies_on_its_day_and_a_later_record_replaces_it()
    {
        var first = Event(1, "2025-02-05 22:00", "benefit/b", "benefit.recorded", "{'category':'other','amount':5}");
        var later = Event(2, "2025-02-07", "benefit/b", "benefit.recorded",
            "{'category':'extra_sales','amount':{'amount':7,'currency':'USD'}}");

        Assert.Equal("2025-02-06 {category=other} +1 5",
            Of(Settings with { TimeZone = "Asia/Vladivostok" }, first).Show(Measures.Benefit));
        Assert.Equal("2025-02-07 {category=extra_sales, currency=USD} +1 7", Of(Settings, later, first).Show(Measures.Benefit));
    }
}
