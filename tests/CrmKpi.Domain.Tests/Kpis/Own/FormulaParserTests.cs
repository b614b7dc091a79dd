using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Own;
using static CrmKpi.Domain.Cube.Measures;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Tests.Kpis.Own;

public sealed class FormulaParserTests
{
    public static TheoryData<string, Formula> Examples => new()
    {
        { "deals_won", Count(DealsWon) },
        { "count(deals_won)", Count(DealsWon) },
        { "sum(deals_won)/deals_won", Sum(DealsWon) / Count(DealsWon) },
        { "sum(deals_won)/priced(deals_won)", Mean(DealsWon) },
        { "mean(sales_cycle)", Mean(SalesCycle) },
        { "mean(deals_won)", Mean(DealsWon) },
        { "deals_won / (deals_won + deals_lost)", Count(DealsWon) / (Count(DealsWon) + Count(DealsLost)) },
        { "1 - 2 - 3", Of(1) - Of(2) - Of(3) },
        { "1 - (2 - 3)", Of(1) - (Of(2) - Of(3)) },
        { "1 + 2 * 3 / 4", Of(1) + Of(2) * Of(3) / Of(4) },
        { "-1.5 * 2", Of(-1.5m) * Of(2) },
        { "1 - -2", Of(1) - Of(-2) },
        { "cost else 1 + 2", new Operation(Operator.Else, Count(Cost), Of(1) + Of(2)) },
        { "end(deals_open)", At(Edge.End, DealsOpen) },
        { "start( sum ( deals_open ) )", At(Edge.Start, DealsOpen, CellPart.Sum) },
        { "median(sales_cycle)", new Quantile(SalesCycle, 0.5) },
        { "p90(sales_cycle)", new Quantile(SalesCycle, 0.9) },
        { "quantile(sales_cycle, 0.75)", new Quantile(SalesCycle, 0.75) },
        { "both(customers_kept)", new Pairs(CustomersKept, PairReading.Both) },
        { "within(customers_buying)", new Pairs(CustomersBuying, PairReading.Within) },
        { "cumulated(sum(customer_lifespan))", new CumulatedTo(CustomerLifespan, CellPart.Sum) },
        { "exposure_days(customers_new)", new Exposure(CustomersNew) },
        { "distinct(manager in deals_won, deals_lost)", new DistinctValues(Dimensions.Manager, [DealsWon, DealsLost]) },
        { "leads_converted[..30]", Count(LeadsConverted).Restrict(LeadsConverted, BucketRange.UpTo(30)) },
        { "count(survey_nps[9..10])", Count(SurveyNps, 9, 10) },
        { "sum(cost[category = training, license])", Sum(Cost, Dimensions.Category, "license", "training") },
        { "sum(cost)[category = \"a \"\"b\"\", c\"]", Sum(Cost, Dimensions.Category, "a \"b\", c") },
        { "cost[category in cacCategories]", new Flow(Cost, CellPart.Count) { Categories = ValueSet.CacCategories } },
        { "leads_converted[source = ads][..7]", new Flow(LeadsConverted, CellPart.Count)
            { Only = new(Dimensions.Source, ["ads"]), Buckets = BucketRange.UpTo(7) } },
        { "working_days(users_assigned) / period_days", new WorkingExposure(UsersAssigned) / new PeriodDays() },
        { "remaining_target(revenue)", new RemainingTarget("revenue", DealsWon) },
        { "max(0, known(sum(deals_won)))", Max(Of(0), Known(Sum(DealsWon))) },
        { "survey_nps[9..]", Count(SurveyNps, 9, int.MaxValue) },
        { "kpi(lead_conversion.within30)", new Reference("lead_conversion.within30") },
        { "2 × deals_won ÷ 4 − 1", Of(2) * Count(DealsWon) / Of(4) - Of(1) },
        { " deals_won\n  + deals_lost\t", Count(DealsWon) + Count(DealsLost) },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void A_text_is_the_formula_that_it_says(string text, Formula formula) =>
        Assert.Equal(formula, ParsedFormula.Parse(text).Tree);

    [Theory]
    [InlineData("", 0, "formula_syntax", "empty")]
    [InlineData("deals_won +", 11, "formula_syntax", "not the end")]
    [InlineData("deals_won deals_lost", 10, "formula_syntax", "operator")]
    [InlineData("(deals_won", 10, "formula_syntax", "')'")]
    [InlineData("deals_won)", 9, "formula_syntax", "')'")]
    [InlineData("0,5 * deals_won", 1, "formula_syntax", "','")]
    [InlineData("deals_won; drop", 9, "formula_syntax", "U+003B")]
    [InlineData("-deals_won", 1, "formula_syntax", "0 - ")]
    [InlineData("else 1", 0, "formula_syntax", "'else'")]
    [InlineData("median", 6, "formula_syntax", "'(' after the function 'median'")]
    [InlineData("survey_nps[..]", 11, "formula_syntax", "range")]
    [InlineData("survey_nps[5..1]", 12, "formula_syntax", "not behind the last")]
    [InlineData("survey_nps[category = x]", 11, "unknown_dimension", "no dimension 'category'")]
    [InlineData("cost[category = ]", 16, "formula_syntax", "quotes")]
    [InlineData("cost[category = a b]", 18, "formula_syntax", "']'")]
    [InlineData("cost[category = \"a]", 16, "formula_syntax", "no end")]
    [InlineData("cost[category = a][channel = b]", 18, "wrong_kind", "twice")]
    [InlineData("cost[category in other]", 17, "formula_syntax", "'cacCategories'")]
    [InlineData("cost[colour = a]", 5, "unknown_dimension", "colour")]
    [InlineData("priced(leads_created)", 7, "wrong_kind", "no amount")]
    [InlineData("fx_rate", 0, "unknown_measure", "no measure")]
    [InlineData("deal_won", 0, "unknown_measure", "Did you mean 'deals_won'?")]
    [InlineData("1 + win_rate", 4, "unknown_measure", "kpi(win_rate)")]
    [InlineData("avg(deals_won)", 0, "unknown_function", "mean")]
    [InlineData("distinct(colour in deals_won)", 9, "unknown_dimension", "colour")]
    [InlineData("distinct(stage in leads_created)", 18, "unknown_dimension", "no dimension 'stage'")]
    [InlineData("deals_open", 0, "wrong_kind", "start(deals_open) or end(deals_open)")]
    [InlineData("end(deals_won)", 4, "wrong_kind", "sum(deals_won)")]
    [InlineData("median(deals_won)", 7, "wrong_kind", "sum(deals_won)")]
    [InlineData("within(customers_kept)", 7, "wrong_kind", "both(customers_kept)")]
    [InlineData("customers_buying", 0, "wrong_kind", "within(customers_buying)")]
    [InlineData("sum(leads_created)", 4, "wrong_kind", "only counted")]
    [InlineData("end(sum(customers_active))", 8, "wrong_kind", "only counted")]
    [InlineData("sales_cycle[1..2]", 11, "wrong_kind", "buckets")]
    [InlineData("survey_nps[1..2][1..2]", 16, "wrong_kind", "twice")]
    [InlineData("quantile(sales_cycle, 1)", 22, "number_out_of_range", "0.75")]
    [InlineData("quantile(sales_cycle)", 20, "formula_syntax", "','")]
    [InlineData("remaining_target(win_rate)", 17, "unknown_kpi", "revenue")]
    [InlineData("max(1)", 5, "formula_syntax", "','")]
    [InlineData("max 1, 2", 4, "formula_syntax", "'('")]
    [InlineData("min(1, 2", 8, "formula_syntax", "')'")]
    [InlineData("known(median(sales_cycle))", 6, "wrong_kind", "sum(forecast)")]
    [InlineData("10000000000000", 0, "number_out_of_range", "1000000000000")]
    [InlineData("0.00000000001", 0, "number_out_of_range", "10 digits")]
    [InlineData("survey_nps[1.5..2]", 11, "number_out_of_range", "whole number")]
    [InlineData("99999999999999999999999999999999999999", 0, "number_out_of_range", "1000000000000")]
    public void What_is_wrong_is_said_with_its_place(string text, int offset, string code, string detail)
    {
        var e = Assert.Throws<FormulaException>(() => ParsedFormula.Parse(text));
        Assert.Equal((code, offset), (e.Code, e.Offset));
        Assert.Contains(detail, e.Message);
    }

    [Fact]
    public void A_place_is_a_line_and_a_column()
    {
        const string Text = "deals_won\n  + deal_lost";
        var e = Assert.Throws<FormulaException>(() => ParsedFormula.Parse(Text));
        Assert.Equal((2, 5), e.PlaceIn(Text));
    }

    [Fact]
    public void Length_nesting_and_size_have_limits()
    {
        Assert.Equal("formula_too_long", Code(new string(' ', ParsedFormula.CharsMax) + "1"));
        Assert.Equal("formula_too_long", Code(new string('(', ParsedFormula.NestingMax + 1) + "1"));
        Assert.Equal("formula_too_long",
            Code(string.Join('+', Enumerable.Repeat("1", ParsedFormula.NodesMax / 2 + 1))));
        Assert.NotNull(ParsedFormula.Parse(
            new string('(', ParsedFormula.NestingMax) + "1" + new string(')', ParsedFormula.NestingMax)));
        Assert.NotNull(ParsedFormula.Parse(string.Join('+', Enumerable.Repeat("1", ParsedFormula.NodesMax / 2))));

        static string Code(string text) => Assert.Throws<FormulaException>(() => ParsedFormula.Parse(text)).Code;
    }

    [Fact]
    public void What_a_formula_prints_is_read_back_as_the_same_formula()
    {
        var random = new Random(20250301);
        for (var i = 0; i < 3_000; i++)
        {
            var formula = RandomFormula.Next(random, 4);
            Assert.Equal(formula, ParsedFormula.Parse(formula.ToString()).Tree);
        }
    }

    [Fact]
    public void Any_text_is_a_formula_or_a_formula_exception()
    {
        string[] pieces =
        [
            "(", ")", "[", "]", "..", ",", "+", "-", "*", "/", "−", "×", "÷", " else ", " in ", ".", "=", "0", "1.5",
            "7", "\n", "é", "\0", "\"",
            "\ud800", "deals_won", "sales_cycle", "customers_kept", "deals_open", "sum(", "mean(", "end(",
            "quantile(", "distinct(", "kpi(",
            "manager", "win_rate", "x", "((((((((", "9999999999999999999999999999999",
        ];
        var random = new Random(7);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(1, 60); length > 0; length--)
                if (random.Next(12) == 0)
                    text.Append((char)random.Next(0x250));
                else
                    text.Append(pieces[random.Next(pieces.Length)]);
            read += Reads(text.ToString()) ? 1 : 0;
        }
        Assert.InRange(read, 1, 20_000);
    }

    [Fact]
    public void A_formula_with_a_piece_changed_is_a_formula_or_a_formula_exception()
    {
        var random = new Random(11);
        for (var i = 0; i < 5_000; i++)
        {
            var text = new StringBuilder(RandomFormula.Next(random, 3).ToString());
            for (var changes = random.Next(1, 4); changes > 0 && text.Length > 0; changes--)
                text[random.Next(text.Length)] = "()[].,+-*/ e9"[random.Next(13)];
            Reads(text.ToString());
        }
    }

    private static bool Reads(string text)
    {
        try
        {
            return ParsedFormula.Parse(text).Tree is not null;
        }
        catch (FormulaException e)
        {
            Assert.InRange(e.Offset, 0, text.Length);
            Assert.NotEmpty(e.Message);
            return false;
        }
    }
}
