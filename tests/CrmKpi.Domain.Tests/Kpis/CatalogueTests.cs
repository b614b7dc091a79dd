using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;

namespace CrmKpi.Domain.Tests.Kpis;

public sealed class CatalogueTests
{
    public static TheoryData<string> Ids => [.. Catalogue.All.Select(k => k.Id)];

    [Fact]
    public void Ids_are_unique() => Assert.Equal(Catalogue.All.Count, Catalogue.All.Select(k => k.Id).Distinct().Count());

    [Theory]
    [MemberData(nameof(Ids))]
    public void An_entry_is_complete(string id)
    {
        var kpi = Catalogue.Find(id)!;
        Assert.Matches("^[a-z][a-z0-9_]*$", kpi.Id);
        foreach (var text in new[] { kpi.Name, kpi.Meaning, kpi.ZeroRule })
        {
            Assert.False(string.IsNullOrWhiteSpace(text.En));
            Assert.Matches("\\p{IsCyrillic}|LTV", text.Ru);
            Assert.DoesNotMatch("\\p{IsCyrillic}", text.En);
            Assert.DoesNotContain('\n', text.Ru + text.En);
        }
        Assert.False(string.IsNullOrWhiteSpace(kpi.Unit.Code()));
        Assert.False(string.IsNullOrWhiteSpace(kpi.Source));
        Assert.True(Enum.IsDefined(kpi.Better));
        Assert.True(kpi.Norm is null || kpi.Norm.Low is not null || kpi.Norm.High is not null);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Inputs_are_named_once_described_and_have_a_range(string id)
    {
        foreach (var variant in Catalogue.Find(id)!.Variants)
            Assert.Equal(
                variant.Formula.Inputs.Select(i => i.Name).Distinct().Count(), variant.Formula.Inputs.Count());
        foreach (var input in Catalogue.Find(id)!.Variants.SelectMany(v => v.Formula.Inputs))
        {
            Assert.Matches("^[a-z][a-zA-Z]*$", input.Name);
            Assert.Matches("\\p{IsCyrillic}", input.Meaning.Ru);
            Assert.DoesNotMatch("\\p{IsCyrillic}", input.Meaning.En);
            Assert.True(input.Range.Min < input.Range.Max);
            Assert.Null(input.Given);
        }
    }

    /// <summary>Every KPI, and every statistic of it, has a worked example.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void An_entry_has_a_worked_example(string id)
    {
        foreach (var (i, variant) in Catalogue.Find(id)!.Variants.Index())
        {
            var asked = $"\"{id}.{variant.Statistic}\"".Replace(".\"", "\"", StringComparison.Ordinal);
            Assert.True(
                Examples.Value.Contains(asked, StringComparison.Ordinal) || (i == 0 && Examples.Value.Contains($"\"{id}\"", StringComparison.Ordinal)),
                $"No *ExamplesTests.cs asks for {asked}.");
        }
    }

    private static readonly Lazy<string> Examples = new(() => string.Concat(
        Directory.GetFiles(Folder(), "*ExamplesTests.cs").Select(File.ReadAllText)));

    private static string Folder([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_formula_reads_known_measures_as_their_kind_says(string id)
    {
        foreach (var variant in Catalogue.Find(id)!.Variants)
        {
            Assert.NotEmpty(variant.Formula.Readings);
            Assert.False(string.IsNullOrWhiteSpace(variant.Formula.ToString()));
            foreach (var reading in variant.Formula.Readings)
                foreach (var measure in reading.Read)
                {
                    Assert.Same(measure, Measures.Find(measure.Id));
                    MeasureKind[] allowed = reading switch
                    {
                        Level or WorkingExposure => [MeasureKind.Stock],
                        Pairs => [MeasureKind.DayPairs],
                        Quantile => [MeasureKind.Distribution],
                        Flow => [MeasureKind.Flow, MeasureKind.Distribution],
                        _ => [MeasureKind.Flow],
                    };
                    Assert.Contains(measure.Kind, allowed);
                }
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Dimensions_are_those_that_all_measures_carry(string id)
    {
        var kpi = Catalogue.Find(id)!;
        foreach (var measure in kpi.Measures)
            Assert.Equal(kpi.Dimensions, kpi.Dimensions & measure.Dimensions);
        Assert.Equal(kpi.DefaultSplit, kpi.DefaultSplit & kpi.Dimensions);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_id_it_lists_resolves(string id)
    {
        var kpi = Catalogue.Find(id)!;
        foreach (var listed in Catalogue.IdsOf(kpi))
        {
            var output = Catalogue.Resolve(listed.Replace("{n}", "30"))!;
            Assert.Same(kpi, output.Kpi);
            Assert.NotEmpty(output.Formulas);
        }
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("sales_cycle.mode")]
    [InlineData("sales_cycle.within30")]
    [InlineData("lead_conversion.within")]
    [InlineData("lead_conversion.within-1")]
    [InlineData("lead_conversion.within99999999999")]
    [InlineData("")]
    public void What_does_not_exist_does_not_resolve(string id) => Assert.Null(Catalogue.Resolve(id));

    [Fact]
    public void A_default_statistic_is_the_mean()
    {
        Assert.Equal("mean", Catalogue.Resolve("sales_cycle")!.Statistic);
        Assert.Equal("sales_cycle", Catalogue.Resolve("sales_cycle")!.Id);
    }

    [Theory]
    [InlineData("lead_conversion", "leads_converted ÷ leads_created")]
    [InlineData("lead_conversion.within30", "leads_converted[..30] ÷ leads_created")]
    [InlineData("win_rate", "deals_won ÷ (deals_won + deals_lost)")]
    [InlineData("adoption_rate", "within(users_active) ÷ (start(users_assigned) + within(users_entered))")]
    [InlineData("engagement", "actions ÷ (within(users_active) × (period_days ÷ 7))")]
    [InlineData("administrative_time_share", "sum(time_logged)[category = administrative] ÷ sum(time_logged)")]
    [InlineData("retention_rate", "(end(customers_active) − customers_new) ÷ start(customers_active)")]
    [InlineData("sales_cycle.p90", "quantile(sales_cycle, 0.9)")]
    [InlineData("cac", "sum(cost)[category in cacCategories] ÷ customers_new")]
    [InlineData("roi", "(sum(benefit) − sum(cost)[category = administration, development, implementation, integration, license, "
        + "other, staff_time, support, training]) ÷ sum(cost)[category = administration, development, implementation, "
        + "integration, license, other, staff_time, support, training]")]
    [InlineData("romi.first", "(sum(revenue_first_touch) − known(sum(cost)[category = marketing])) ÷ known(sum(cost)[category = marketing])")]
    [InlineData("forecast_accuracy",
        "max(0, 1 − (max(known(sum(forecast)), sum(deals_won)) − min(known(sum(forecast)), sum(deals_won))) ÷ sum(deals_won))")]
    [InlineData("payback_months", "payback_months")]
    public void A_formula_reads_like_its_definition(string id, string text) =>
        Assert.Equal(text, Catalogue.Resolve(id)!.Formula.ToString());
}
