using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Each KPI of costs and benefits on a few facts.</summary>
public sealed class EconomicsExamplesTests
{
    private static readonly Period Year = Ask.Period("2025-01-01", "2026-01-01");

    // The worked figures of the method: licences, implementation and training against what the CRM brought in a year.
    private static Story Worked => new Story()
        .Spent("2025-01-01", 360_000, "license").Spent("2025-01-10", 200_000, "implementation")
        .Spent("2025-02-01", 80_000, "training")
        .Gained("2025-04-30", 600_000, "extra_sales").Gained("2025-09-30", 1_200_000, "extra_sales")
        .Gained("2025-10-01", 400_000, "time_saved").Gained("2025-11-01", 200_000, "marketing_saved");

    [Fact]
    public void Six_hundred_and_forty_thousand_spent_and_two_million_four_hundred_thousand_gained_are_275_percent()
    {
        var cube = Worked.Snapshot();

        Assert.Equal(640_000, cube.Value("crm_cost", Year).Value);
        Assert.Equal(2_400_000, cube.Value("crm_benefit", Year).Value);
        Assert.Equal((275m, 1_760_000m, 640_000m), Ratio(cube.Value("roi", Year)));
        Assert.Equal(200_000, cube.By("crm_cost", Year, Dimensions.Category)["implementation"].Value);
        Assert.Equal(1_800_000, cube.By("crm_benefit", Year, Dimensions.Category)["extra_sales"].Value);
    }

    [Fact]
    public void Marketing_and_the_salaries_of_sales_are_no_costs_of_the_crm()
    {
        var cube = Worked.Spent("2025-03-01", 1, "marketing").Spent("2025-03-01", 2, "sales_salary")
            .Spent("2025-03-01", 4, "staff_time").Spent("2025-03-01", 8, "other").Snapshot();

        Assert.Equal(640_012, cube.Value("crm_cost", Year).Value);
    }

    [Theory]
    [InlineData("2025-01-01", "2026-01-01", false)]
    [InlineData("2025-01-01", "2025-12-31", true)]
    [InlineData("2025-02-15", "2026-02-14", true)]
    [InlineData("2024-02-29", "2025-02-28", false)]
    public void A_period_of_less_than_twelve_months_is_too_short_for_roi(string from, string to, bool isShort)
    {
        var warnings = Evaluator.Answer(Worked.Snapshot(), Ask.Query("roi", Ask.Period(from, to))).Warnings;

        Assert.Equal(isShort, warnings.Any(w => w is { Code: "period_too_short_for_roi", Kpi: "roi" }));
    }

    [Fact]
    public void Without_costs_there_is_no_roi_and_without_benefits_a_warning()
    {
        var onlyGained = Evaluator.Answer(new Story().Gained("2025-03-01", 5, "other").Snapshot(), Ask.Query("roi", Year));
        var onlySpent = Evaluator.Answer(new Story().Spent("2025-03-01", 5, "license").Snapshot(), Ask.Query("roi", Year));

        Assert.Null(onlyGained.Kpis[0].Series[0].Points[0].Value.Value);
        Assert.Contains(onlyGained.Warnings, w => w.Code == "costs_missing");
        Assert.Equal(-100, onlySpent.Kpis[0].Series[0].Points[0].Value.Value);
        Assert.Contains(onlySpent.Warnings, w => w.Code == "benefits_missing");
    }

    [Fact]
    public void The_crm_has_paid_for_itself_in_the_first_month_whose_end_finds_the_benefits_above_the_costs()
    {
        var cube = Worked.Snapshot();

        // January to August: 640 000 spent, 600 000 gained; September: 1 800 000.
        Assert.Equal(9, cube.Value("payback_months", Year).Value);
        Assert.Equal(9, cube.Value("payback_months", Ask.Period("2025-09-01", "2025-10-01")).Value);
        Assert.Null(cube.Value("payback_months", Ask.Period("2025-01-01", "2025-09-30")).Value);
    }

    [Fact]
    public void Months_count_from_the_launch_and_what_was_spent_before_it_counts()
    {
        var launched = new Story { Settings = new() { CrmLaunched = new DateOnly(2025, 3, 15) } }
            .Spent("2025-01-01", 100, "license").Gained("2025-05-14", 100, "other").Gained("2025-05-15", 1, "other").Snapshot();

        Assert.Equal(2, launched.Value("payback_months", Year).Value);
        Assert.Null(launched.Value("payback_months", Ask.Period("2025-01-01", "2025-05-14")).Value);
    }

    [Fact]
    public void What_cost_nothing_pays_nothing_back()
    {
        Assert.Null(new Story().Gained("2025-05-15", 1, "other").Snapshot().Value("payback_months", Year).Value);
        Assert.Null(new Story().Spent("2025-01-01", 3, "marketing").Gained("2025-05-15", 9, "other").Snapshot()
            .Value("payback_months", Year).Value);
    }

    [Fact]
    public void Roi_and_payback_cannot_be_split_by_category()
    {
        Assert.Equal(Dimensions.None, Catalogue.Find("roi")!.Dimensions & Dimensions.Category);
        Assert.Equal(Dimensions.None, Catalogue.Find("payback_months")!.Dimensions & Dimensions.Category);
        Assert.NotEqual(Dimensions.None, Catalogue.Find("crm_cost")!.Dimensions & Dimensions.Category);
    }

    private static (decimal?, decimal?, decimal?) Ratio(KpiValue value) => (value.Value, value.Numerator, value.Denominator);
}
