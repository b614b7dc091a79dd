using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>
/// What the leads that the company itself lost would have brought: unit price × demand × shortfall × fulfilment, each of
/// which can be given.
/// </summary>
public sealed class LostSalesExamplesTests
{
    private static readonly Period March = Ask.Period("2025-03-01", "2025-04-01");
    private static readonly Period April = Ask.Period("2025-04-01", "2025-05-01");
    private static readonly Period May = Ask.Period("2025-05-01", "2025-06-01");

    // March: 10 leads; 2 lost by the company itself and 1 otherwise, 2 won; a deal of 500.
    // April: 4 leads; 1 lost by the company itself, 1 won; a deal of 1000.
    private static readonly CubeSnapshot Cube = Of(new TenantSettings(),
        [.. Leads("2025-03-01", 1, 10), .. Leads("2025-04-01", 11, 4),
        Lost(21, "2025-03-20", 1, "organisational"), Lost(22, "2025-03-20", 2, "organisational"),
        Lost(23, "2025-03-20", 3, "price"),
        Event(24, "2025-03-09", "deal/d", "deal.won", "{'amount':500,'lead':'4','manager':'ann'}"),
        Event(25, "2025-03-09", "lead/5", "lead.converted", "{'customer':'c'}"),
        Lost(26, "2025-04-20", 11, "organisational"),
        Event(27, "2025-04-09", "deal/e", "deal.won", "{'amount':1000,'lead':'12','manager':'bob'}")]).Snapshot();

    [Fact]
    public void Unit_price_times_demand_times_shortfall_times_fulfilment()
    {
        // Average deal 500 × 10 leads × (2 lost for organisational causes ÷ (3 lost + 2 won)) × 1
        var value = Cube.Value("lost_sales_cost", March);
        Assert.Equal(2_000, value.Value);
        Assert.Equal([500m, 10, 40, 100], value.Inputs!.Select(i => i!.Value));
        Assert.Null(Cube.Value("lost_sales_cost", May).Value);
    }

    [Theory]
    [InlineData("price:1200", 4_800)] // 1200 × 10 × 40 % × 100 %
    [InlineData("demand:300", 60_000)] // 500 × 300 × 40 % × 100 %
    [InlineData("shortfall:25", 1_250)] // 500 × 10 × 25 % × 100 %
    [InlineData("fulfilment:80", 1_600)] // 500 × 10 × 40 % × 80 %
    [InlineData("price:1200,demand:300,shortfall:25,fulfilment:80", 72_000)] // 1200 × 300 × 25 % × 80 %
    [InlineData("price:0", 0)]
    public void Each_number_can_be_given(string given, int expected) =>
        Assert.Equal(expected, Answer(March, given).Kpis[0].Series[0].Points[0].Value.Value);

    [Fact]
    public void What_is_given_needs_no_data()
    {
        Assert.Null(Answer(May, "price:1200,demand:300").Kpis[0].Series[0].Points[0].Value.Value);
        var answer = Answer(May, "price:1200,demand:300,shortfall:25");
        Assert.Equal(90_000, answer.Kpis[0].Series[0].Points[0].Value.Value);
        Assert.DoesNotContain(answer.Warnings, w => w.Code == "no_data");
    }

    [Fact]
    public void What_is_given_holds_for_every_part_and_for_what_it_is_compared_with()
    {
        var query = Query(March with { To = April.To }, "price:100") with { Grain = Grain.Month, Compare = ComparisonKind.Previous };
        var points = Evaluator.Answer(Cube, query).Kpis[0].Series[0].Points;
        Assert.Equal([400m, 200], points.Select(p => p.Value.Value!.Value)); // 100 × 10 × 2/5 and 100 × 4 × 1/2
        var april = Evaluator.Answer(Cube, query with { Period = April, Grain = Grain.None }).Kpis[0].Series[0].Points[0];
        Assert.Equal((200m, 400m, -200m), (april.Value.Value, april.Comparison!.Value.Value, april.Change));
        Assert.Equal([100m, 10, 40, 100], april.Comparison!.Value.Inputs!.Select(i => i!.Value));
        Assert.Equal([100m, 4, 50, 100], april.Value.Inputs!.Select(i => i!.Value));
    }

    [Fact]
    public void What_is_given_holds_for_every_group()
    {
        var query = Query(March with { To = April.To }, "demand:50,shortfall:10") with { GroupBy = [Dimensions.Manager] };
        var groups = Evaluator.Answer(Cube, query).Kpis[0].Series.ToDictionary(
            s => s.Key[0] ?? "-", s => s.Points[0].Value.Value);
        // 500 × 50 × 10 % and 1000 × 50 × 10 %; managers of the leads are not known.
        Assert.Equal((2_500m, 5_000m), (groups["ann"], groups["bob"]));
    }

    [Theory]
    [InlineData(Language.En, "Given with the query, not taken from the data: price = 1200.5, shortfall = 25.")]
    [InlineData(Language.Ru, "Задано в запросе, а не взято из данных: price = 1200.5, shortfall = 25.")]
    public void The_answer_says_what_was_given(Language language, string expected)
    {
        var answer = Evaluator.Answer(Cube, Query(March, "price:1200.50,shortfall:25") with { Language = language });
        Assert.Equal(expected, Assert.Single(answer.Warnings, w => w.Code == "inputs_given").Detail);
        Assert.Equal(
            [ValueOrigin.Given, ValueOrigin.Measured, ValueOrigin.Given, ValueOrigin.Assumed],
            answer.Kpis[0].Output.Formula.Inputs.Select(i => i.Origin));
        Assert.DoesNotContain(
            Evaluator.Answer(Cube, Query(March, "") with { Language = language }).Warnings, w => w.Code == "inputs_given");
    }

    [Fact]
    public void The_explanation_puts_the_given_numbers_in_and_lists_no_facts_of_what_they_replace()
    {
        var whole = Explainer.Explain(Cube, Query(March, ""));
        Assert.Equal(
            ("sum(deals_won) ÷ priced(deals_won) × leads_created "
                + "× (leads_lost[cause = organisational] ÷ (leads_lost + leads_won)) × 1",
                "500 ÷ 1 × 10 × (2 ÷ (3 + 2)) × 1"),
            (whole.Formula, whole.Calculation));
        Assert.Equal(6, whole.Readings.Count);

        var given = Explainer.Explain(Cube, Query(March, "price:1200,shortfall:12.5"));
        Assert.Equal("1200 × 10 × 0.125 × 1", given.Calculation);
        Assert.Equal(["leads_created"], given.Readings.Select(r => r.Reading.ToString()));
        Assert.Equal(1_500, given.Value.Value);
    }

    [Fact]
    public void A_target_is_a_way_from_what_was_measured()
    {
        var target = new Target
        {
            Kpi = "lost_sales_cost",
            Value = 0,
            Due = new DateOnly(2025, 4, 30),
            From = new DateOnly(2025, 3, 1),
            SetAt = new DateTimeOffset(2025, 4, 1, 0, 0, 0, TimeSpan.Zero),
            Sequence = 1,
        };
        var cube = Cube with { Settings = new TenantSettings { Baseline = March, TargetHistory = [target] } };
        var given = Evaluator.Answer(cube, Query(March, "price:1")).Kpis[0].Series[0].Points[0];
        var plain = Evaluator.Answer(cube, Query(March, "")).Kpis[0].Series[0].Points[0];
        Assert.Equal((4m, 2_000m), (given.Value.Value, plain.Value.Value));
        Assert.Equal(2_000m * 30 / 61, plain.Target!.Value, 10);
        Assert.Equal(plain.Target.Value, given.Target!.Value);
    }

    [Fact]
    public void An_own_kpi_passes_the_inputs_of_those_it_names_on()
    {
        var set = KpiSet.Of([], [new StoredKpi("per_lead", """
            {"name":"Per lead","unit":"money","better":"down","formula":"kpi(lost_sales_cost) / leads_created"}
            """)], "1");
        var output = set.Resolve("per_lead")!;
        Assert.Equal(["price", "demand", "shortfall", "fulfilment"], output.Formula.Inputs.Select(i => i.Name));
        Assert.Equal((200m, 480m), (ValueOf(output), ValueOf(Give(output, "price:1200"))));

        static decimal? ValueOf(KpiOutput output) => Evaluator.Answer(
            Cube, Query(March, "") with { Outputs = [output] }).Kpis[0].Series[0].Points[0].Value.Value;
    }

    [Fact]
    public void What_is_given_can_be_taken_back()
    {
        var output = Catalogue.Resolve("lost_sales_cost")!;
        var given = Give(output, "price:7");
        Assert.NotEqual(output, given);
        Assert.Equal(output, given.AsMeasured);
        Assert.Same(output, output.AsMeasured);
        Assert.Empty(Catalogue.Resolve("win_rate")!.Formula.Inputs);
    }

    private static KpiAnswer Answer(Period period, string given) => Evaluator.Answer(Cube, Query(period, given));

    private static KpiQuery Query(Period period, string given) => Ask.Query("lost_sales_cost", period) with
    {
        Outputs = [Give(Catalogue.Resolve("lost_sales_cost")!, given)],
    };

    private static KpiOutput Give(KpiOutput output, string given)
    {
        var values = given.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(g => g.Split(':'))
            .ToDictionary(g => g[0], g => decimal.Parse(g[1], System.Globalization.CultureInfo.InvariantCulture));
        return output with { Formula = output.Formula.WithInputs(i => values.TryGetValue(i.Name, out var v) ? v : null) };
    }

    private static IEnumerable<LogEvent> Leads(string day, int first, int count) =>
        Enumerable.Range(first, count).Select(i => Event(i, day, $"lead/{i}", "lead.created"));

    private static LogEvent Lost(long sequence, string day, int lead, string cause) =>
        Event(sequence, day, $"lead/{lead}", "lead.lost", $"{{'cause':'{cause}'}}");
}
