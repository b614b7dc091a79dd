using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Roi;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis.Roi;

public sealed class ReturnOnInvestmentTests
{
    private static readonly Period Before = Ask.Period("2024-01-01", "2025-01-01");
    private static readonly Period Year = Ask.Period("2025-01-01", "2026-01-01");

    private static Story Spending => new Story()
        .Spent("2024-12-20", 360_000, "license").Spent("2025-01-10", 200_000, "implementation")
        .Spent("2025-02-01", 80_000, "training");

    [Fact]
    public void Costs_and_recorded_benefits_by_category_and_month_with_what_was_before()
    {
        var answer = Answer(Spending.Gained("2025-02-10", 500_000, "extra_sales").Gained("2025-03-01", 140_000, "time_saved"));

        Assert.Equal((280_000, 640_000), (answer.Cost, answer.Benefit));
        Assert.Equal((360_000, 0), answer.Before);
        Assert.Equal(128.57m, decimal.Round(answer.Percent!.Value, 2));
        Assert.Equal([new("implementation", 200_000), new("training", 80_000)], answer.Costs);
        Assert.Equal([new("extra_sales", 500_000), new("time_saved", 140_000)], answer.Recorded);
        Assert.Equal(
            [(200_000m, 0m, 560_000m, 0m), (80_000, 500_000, 640_000, 500_000), (0, 140_000, 640_000, 640_000)],
            answer.Months.Take(3).Select(m => (m.Cost, m.Benefit, m.CumulativeCost, m.CumulativeBenefit)));
        Assert.Equal(12, answer.Months.Count);
        Assert.Equal((new DateOnly(2024, 12, 20), new PaybackTime(3, new DateOnly(2025, 3, 20))), (answer.Start, answer.Payback));
    }

    [Fact]
    public void Fifty_leads_a_day_at_28_instead_of_12_percent_are_eight_sales_more_a_day()
    {
        var story = Spending;
        foreach (var (day, won) in new[] { ("2024-06-01", 6), ("2025-06-01", 14) })
        {
            story.Leads(day, 50);
            for (var i = 0; i < won; i++)
                story.Won(day, 1_000);
        }
        var gain = Answer(story, BenefitSource.Derived, Before).Derived.Single(d => d.Id == "conversion_gain");

        Assert.Equal([50m, 28, 12, 1_000, 100], gain.Inputs.Select(i => i.Value!.Value));
        Assert.Equal(8 * 1_000, gain.Value);
        Assert.Equal("extra_sales", gain.Category);
    }

    [Fact]
    public void What_conversion_and_average_deal_gained_is_what_revenue_gained_for_the_same_leads()
    {
        var story = Spending.Leads("2024-05-01", 40).Leads("2025-05-01", 60);
        for (var i = 0; i < 4; i++)
            story.Won("2024-06-01", 100);
        for (var i = 0; i < 9; i++)
            story.Won("2025-06-01", 130);
        var answer = Answer(story, BenefitSource.Derived, Before);

        // 60 leads as before: 6 deals of 100. Now: 9 of 130.
        Assert.Equal(9 * 130 - 6 * 100, answer.Benefit);
        Assert.Equal([300m, 270m], answer.Derived.Take(2).Select(d => d.Value!.Value));
    }

    [Fact]
    public void Time_acquisition_and_churn_are_derived_from_their_inputs()
    {
        var story = Spending.Spent("2024-03-01", 3_000, "marketing").Spent("2025-03-01", 4_000, "marketing")
            .Spent("2025-03-01", 900, "license")
            .Counted(Measures.CustomersNew, "2024-03-01", 10).Counted(Measures.CustomersNew, "2025-03-01", 20);
        foreach (var (day, hours) in new[] { ("2024-02-01", 732), ("2025-02-01", 365) })
            story.Cell(Measures.TimeLogged, day, DimensionSet.Of((Dimensions.Category, "administrative")), 0, 1, hours * 3_600_000L);
        var answer = Answer(story, BenefitSource.Derived, Before, ("hourlyCost", 500), ("customers", 80), ("churnBaseline", 30),
            ("churn", 25), ("ltv", 2_000));

        // Two hours a day of 366 days, now one of 365.
        Assert.Equal((365m, 182_500m), (Of(answer, "time_saved").Inputs[0].Value, Of(answer, "time_saved").Value));
        // 300 a customer, now 200: the licence stands among the costs already.
        Assert.Equal(20 * (300 - 200), Of(answer, "cac_saved").Value);
        Assert.Equal(80 * 0.05m * 2_000, Of(answer, "churn_avoided").Value);
        Assert.Equal([InputOrigin.Given, InputOrigin.Given, InputOrigin.Given, InputOrigin.Given],
            Of(answer, "churn_avoided").Inputs.Select(i => i.Origin));
        Assert.Equal(182_500 + 2_000 + 8_000, answer.Benefit);
    }

    [Fact]
    public void Churn_of_a_shorter_baseline_is_brought_to_the_length_of_the_period()
    {
        var story = Spending.Counted(Measures.CustomersActive, "2024-01-01", 100)
            .Counted(Measures.CustomersActive, "2024-10-01", -10);
        story.Cell(Measures.CustomersKept, "2024-01-01", DimensionSet.Empty, Ask.Day("2024-01-01"), 100)
            .Cell(Measures.CustomersKept, "2024-10-01", DimensionSet.Empty, Ask.Day("2024-01-01"), -10);
        var quarter = Ask.Period("2024-09-01", "2024-12-01");

        var input = Of(Answer(story, BenefitSource.Derived, quarter), "churn_avoided").Inputs[1];

        Assert.Equal((1 - Math.Pow(0.9, 365d / 91)) * 100, (double)input.Value!.Value, 6);
    }

    [Fact]
    public void What_is_missing_is_said_and_not_counted()
    {
        var answer = Answer(Spending, BenefitSource.Derived, Before);

        Assert.Equal(0, answer.Benefit);
        Assert.All(answer.Derived, d => Assert.Null(d.Value));
        Assert.Equal(InputOrigin.Missing, Of(answer, "time_saved").Inputs[1].Origin);
        Assert.Contains("nothing_derived", Codes(answer));
        Assert.DoesNotContain("benefits_missing", Codes(answer));
    }

    [Fact]
    public void Recorded_and_derived_benefits_count_as_asked_and_their_overlap_is_warned_of()
    {
        var story = Spending.Gained("2025-05-01", 1_000, "time_saved").Gained("2025-05-01", 50, "other");
        (string, decimal)[] given = [("hoursSaved", 10), ("hourlyCost", 7)];

        Assert.Equal(1_050, Answer(story, BenefitSource.Recorded, Before, given).Benefit);
        Assert.Equal(70, Answer(story, BenefitSource.Derived, Before, given).Benefit);
        var both = Answer(story, BenefitSource.Both, Before, given);
        Assert.Equal(1_120, both.Benefit);
        Assert.Contains("derived_and_recorded_overlap", Codes(both));
        Assert.Equal(70, both.Months.Sum(m => m.Benefit) - 1_050);
    }

    [Theory]
    [InlineData("2024-01-01", "2025-01-01", "")]
    [InlineData("2023-01-01", "2024-01-01", "")]
    [InlineData("2024-04-01", "2024-10-01", "seasonality")]
    [InlineData("2024-06-01", "2025-06-01", "baseline_overlaps")]
    public void A_baseline_of_other_months_or_of_the_same_days_is_warned_of(string from, string to, string code)
    {
        var answer = Answer(
            Spending, BenefitSource.Derived, Ask.Period(from, to), ("hoursSaved", 1), ("hourlyCost", 1));

        Assert.Equal(code.Length == 0 ? [] : [code], Codes(answer).Intersect(["seasonality", "baseline_overlaps"]));
    }

    [Fact]
    public void The_rules_of_the_method_are_warnings()
    {
        var half = new RoiQuery(Ask.Period("2026-01-01", "2026-07-01"), null, BenefitSource.Both,
            new Dictionary<string, decimal>(), new DateOnly(2030, 1, 1), Language.Ru);
        var answer = ReturnOnInvestment.Answer(Spending.Snapshot(), half);

        Assert.Null(answer.Percent);
        Assert.Superset(
            new HashSet<string> { "period_too_short_for_roi", "costs_missing", "benefits_missing", "baseline_missing" },
            Codes(answer).ToHashSet());
        Assert.All(answer.Warnings, w => Assert.Matches("\\p{IsCyrillic}", w.Detail));
    }

    [Fact]
    public void Every_input_can_be_given_within_its_range_without_an_overflow()
    {
        var greatest = RoiInputs.Names.Select(n => (n, RoiInputs.RangeOf(n).Max)).ToArray();
        var answer = Answer(Spending, BenefitSource.Derived, null, [.. greatest.Select(g =>
            (g.n, g.n is "conversionBaseline" or "averageDealBaseline" or "cac" or "churn" ? 0 : g.Max))]);

        Assert.All(answer.Derived.SelectMany(d => d.Inputs), i => Assert.Equal(InputOrigin.Given, i.Origin));
        Assert.All(answer.Derived, d => Assert.NotNull(d.Value));
        Assert.NotNull(answer.Percent);
    }

    private static Derivation Of(RoiAnswer answer, string id) => answer.Derived.Single(d => d.Id == id);

    private static IEnumerable<string> Codes(RoiAnswer answer) => answer.Warnings.Select(w => w.Code);

    private static RoiAnswer Answer(
        Story story, BenefitSource source = BenefitSource.Recorded, Period? baseline = null,
        params (string Name, decimal Value)[] given) =>
        ReturnOnInvestment.Answer(story.Snapshot(), new RoiQuery(
            Year, baseline, source, given.ToDictionary(g => g.Name, g => g.Value), new DateOnly(2030, 1, 1), Language.En));
}
