using System.Text.Json;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis.Own;

public sealed class KpiSetTests
{
    [Theory]
    [InlineData("deals_won + sum(deals_won)", "count", "'+' cannot join a number and money", 11)]
    [InlineData("mean(sales_cycle) - sum(deals_won)", "days", "'-' cannot join duration and money", 19)]
    [InlineData("sum(deals_won) else deals_won", "money", "'else' cannot join money and a number", 16)]
    [InlineData("sum(deals_won)", "count", "gives money, but the unit 'count' is a number", 1)]
    [InlineData("sum(deals_won) * sum(deals_won)", "money", "gives money^2", 1)]
    [InlineData("sum(deals_won) / mean(sales_cycle)", "money", "gives money per duration", 1)]
    [InlineData("1 / mean(survey_csi)", "%", "gives a number per score", 1)]
    [InlineData("kpi(revenue) + kpi(leads_created)", "money", "'+' cannot join money and a number", 14)]
    [InlineData("cumulated(sum(customer_lifespan)) / cumulated(customers_new)", "minutes", "is in days", 1)]
    public void Units_that_do_not_fit_are_refused(string formula, string unit, string detail, int column)
    {
        var problem = Problem(formula, unit);
        Assert.Equal(("unit_mismatch", "/formula", 1, column),
            (problem.Code, problem.Pointer, problem.Line, problem.Column));
        Assert.Contains(detail, problem.Detail);
    }

    [Theory]
    [InlineData("sum(deals_won) / leads_created", "money")]
    [InlineData("sum(deals_won) - 1000", "money")]
    [InlineData("sum(purchase_margin) / sum(purchase_margin_base) else 0", "%")]
    [InlineData("median(response_time) * 1.5 + 2", "minutes")]
    [InlineData("p90(stage_time) - median(stage_time)", "days")]
    [InlineData("purchases * 365 / exposure_days(customers_new)", "per_year")]
    [InlineData("kpi(ltv) / kpi(cac) * kpi(win_rate)", "ratio")]
    [InlineData("mean(survey_csi)", "score")]
    [InlineData("sum(deals_won) / period_days", "money_per_day")]
    [InlineData("(survey_nps[9..10] - survey_nps[..6]) / survey_nps", "points")]
    [InlineData("end(sum(deals_open)) / distinct(manager in deals_created)", "money")]
    public void Units_that_fit_are_taken(string formula, string unit) => Assert.Null(Entry(formula, unit).Problem);

    [Theory]
    [InlineData("deals_won / 0", "division_by_zero")]
    [InlineData("deals_won / (2 - 1 * 2)", "division_by_zero")]
    [InlineData("1 + 2", "nothing_read")]
    [InlineData("period_days", "nothing_read")]
    [InlineData("kpi(none)", "unknown_kpi")]
    [InlineData("kpi(mine)", "cycle")]
    [InlineData("deals_won + 999999999999 * 999999999999 * 999999999999 / (999999999999 * 999999999999 * 999999999999)", "number_out_of_range")]
    [InlineData("deals_won +", "formula_syntax")]
    public void What_could_not_be_computed_is_refused(string formula, string code) =>
        Assert.Equal(code, Problem(formula, "count").Code);

    [Theory]
    [InlineData("deals_won / (deals_won + deals_lost)", true)]
    [InlineData("deals_won", false)]
    [InlineData("sum(deals_won) / sum(deals_lost)", false)]
    [InlineData("deals_won / 100", false)]
    [InlineData("deals_won / leads_created * 2", false)]
    public void A_share_is_a_counted_part_of_a_counted_whole(string formula, bool share)
    {
        var entry = Entry(formula, "%", "share");
        Assert.Equal(share ? null : "not_a_share", entry.Problem?.Code);
        Assert.Equal(share, entry.Output?.Sample.Kind == SampleKind.Share);
    }

    [Fact]
    public void Own_kpis_refer_to_each_other_in_any_order_and_are_put_together()
    {
        var set = KpiSet.Of([], [Stored("a", "kpi(b) * 2", "count"), Stored("b", "kpi(c) + deals_won", "count"),
            Stored("c", "deals_lost", "count")], "1");
        Assert.Equal("(deals_lost + deals_won) × 2", set.Resolve("a")!.Formula.ToString());
    }

    [Fact]
    public void A_circle_of_references_is_named()
    {
        var set = KpiSet.Of([],
            [Stored("a", "1 + kpi(b)", "count"), Stored("b", "kpi(c)", "count"), Stored("c", "kpi(a)", "count")], "1");
        Assert.All(set.Own, e => Assert.Equal("cycle", e.Problem!.Code));
        Assert.Contains("a → b → c → a", set.Find("a")!.Problem!.Detail);
        Assert.All(set.Own, e => Assert.Null(set.Resolve(e.Id)));
    }

    [Fact]
    public void What_doubles_with_each_reference_ends_at_the_limit()
    {
        var chain = Enumerable.Range(0, 200).Select(i => Stored(
            $"k{i}", i == 199 ? "deals_won" : $"kpi(k{i + 1}) + kpi(k{i + 1})", "count")).ToList();
        var set = KpiSet.Of([], chain, "1");
        Assert.Null(set.Find("k193")!.Problem);
        Assert.Equal("formula_too_long", set.Find("k192")!.Problem!.Code);
        Assert.Equal("broken_reference", set.Find("k0")!.Problem!.Code);
    }

    [Fact]
    public void A_tenants_kpi_stands_in_front_of_its_agencys_but_not_in_the_agencys_formulas()
    {
        StoredKpi[] agency = [Stored("base", "deals_won", "count"), Stored("twice", "kpi(base) * 2", "count")];
        StoredKpi[] tenant = [Stored("base", "deals_lost", "count"),
            Stored("thrice", "kpi(base) * 3 + kpi(twice)", "count")];
        var set = KpiSet.Of(agency, tenant, "1");
        Assert.Equal("deals_lost", set.Resolve("base")!.Formula.ToString());
        Assert.Equal("deals_won × 2", set.Resolve("twice")!.Formula.ToString());
        Assert.Equal("deals_lost × 3 + deals_won × 2", set.Resolve("thrice")!.Formula.ToString());
        Assert.Equal([KpiOwner.Tenant, KpiOwner.Tenant, KpiOwner.Agency], set.Own.Select(e => e.Owner));
    }

    [Fact]
    public void A_kpi_in_minutes_does_not_take_over_numbers_that_were_written_for_days()
    {
        var set = KpiSet.Of([],
            [Stored("late", "mean(response_time) - 5", "days"), Stored("later", "kpi(late) + 1", "minutes")], "1");
        Assert.Equal("unit_mismatch", set.Find("later")!.Problem!.Code);
        Assert.Null(Entry("kpi(response_time) + 1", "days").Problem);
    }

    [Fact]
    public void The_catalogue_comes_first_and_a_definition_with_its_id_says_so()
    {
        var set = KpiSet.Of([], [Stored("revenue", "deals_won", "count")], "1");
        Assert.Equal("sum(deals_won)", set.Resolve("revenue")!.Formula.ToString());
        Assert.Equal("id_taken", set.Find("revenue")!.Problem!.Code);
    }

    [Fact]
    public void A_stored_text_that_cannot_be_read_breaks_only_itself()
    {
        var set = KpiSet.Of([], [new("old", """{"unit":"parsecs"}"""), Stored("new", "deals_won", "count")], "1");
        Assert.Equal("missing_field", set.Find("old")!.Problem!.Code);
        Assert.NotNull(set.Resolve("new"));
    }

    [Fact]
    public void Every_kpi_of_the_catalogue_measures_what_its_unit_says_and_can_be_written_again()
    {
        foreach (var kpi in Catalogue.All)
            foreach (var id in Catalogue.IdsOf(kpi).Select(i => i.Replace("{n}", "30")))
            {
                // A score may be made of shares.
                if (kpi.Unit != KpiUnit.Score)
                    Assert.Null(Entry($"kpi({id})", kpi.Unit.Code()).Problem);
                var formula = Catalogue.Resolve(id)!.Formula;
                Assert.Equal(Plain(formula), ParsedFormula.Parse(formula.ToString()).Tree);
            }
        Assert.All(Enum.GetValues<KpiUnit>(), unit => Assert.Equal(unit, KpiUnits.Parse(unit.Code())));

        // What can be given is written as what it is unless given.
        static Formula Plain(Formula formula) => formula switch
        {
            Input input => Plain(input.Default),
            Operation operation => operation with { Left = Plain(operation.Left), Right = Plain(operation.Right) },
            _ => formula,
        };
    }

    [Fact]
    public void An_own_kpi_is_evaluated_as_one_of_the_catalogue_with_the_same_formula()
    {
        var snapshot = World.Random(5).Snapshot();
        var period = Ask.Period("2024-02-10", "2024-08-05");
        foreach (var (text, unit, sample, same) in new[]
        {
            ("deals_won / (deals_won + deals_lost)", "%", "share", "win_rate"),
            ("mean(deals_won)", "money", "none", "average_deal_size"),
            ("median(sales_cycle)", "days", "none", "sales_cycle.median"),
            ("kpi(churn_rate)", "%", "share", "churn_rate"),
        })
        {
            var output = Entry(text, unit, sample).Output!;
            var query = new KpiQuery([output], period, Grain.None, ComparisonKind.None, [], [],
                new DateOnly(2030, 1, 1));
            var value = Evaluator.Answer(snapshot, query).Kpis[0].Series[0].Points[0].Value;
            Assert.Equal(snapshot.Value(same, period).Value, value.Value);
            Assert.Equal(sample == "share" ? snapshot.Value(same, period).Interval : null, value.Interval);
        }
    }

    private static KpiProblem Problem(string formula, string unit) => Entry(formula, unit).Problem!;

    private static OwnKpiEntry Entry(string formula, string unit, string sample = "none") =>
        KpiSet.Of([], [Stored("mine", formula, unit, sample)], "1").Find("mine")!;

    private static StoredKpi Stored(string id, string formula, string unit, string sample = "none") => new(
        id, JsonSerializer.Serialize(new { name = "N", unit, better = "up", formula, sample }));
}
