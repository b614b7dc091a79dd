using System.Text.Json;
using CrmKpi.EndToEnd.Tests.Local;

namespace CrmKpi.EndToEnd.Tests.Truth;

[Collection(LocalCollection.Name)]
public sealed class LoanTruth(LocalFixture local)
{
    // The first application came at half past midnight in Amsterdam, which is the day before in UTC.
    private const string All = "from=2011-09-30&to=2012-04-01";

    private static readonly string[] Stages = ["A_SUBMITTED", "A_PARTLYSUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "A_FINALIZED"];
    private static readonly JsonElement Truth = Answer.Truth("bpi2012");

    [Fact]
    public async Task Stage_conversion()
    {
        var cases = Truth.GetProperty("activity_cases");
        var answer = await local.Kpi(LocalFixture.Loans, $"kpi=stage_conversion&groupBy=stage&filter=pipeline:application&{All}");
        foreach (var (i, stage) in Stages.Index())
        {
            Assert.Equal(cases.Get(stage), answer[stage][0].Get("denominator"));
            Assert.Equal(cases.Get(i + 1 < Stages.Length ? Stages[i + 1] : "A_APPROVED"), answer[stage][0].Get("numerator"));
        }
    }

    [Fact]
    public async Task Time_in_stage()
    {
        var mean = await local.Kpi(LocalFixture.Loans, $"kpi=stage_time.mean&groupBy=stage&{All}");
        var median = await local.Kpi(LocalFixture.Loans, $"kpi=stage_time.median&groupBy=stage&{All}");
        var p90 = await local.Kpi(LocalFixture.Loans, $"kpi=stage_time.p90&groupBy=stage&{All}");
        foreach (var stage in Truth.GetProperty("stage_dwell_hours").EnumerateObject())
        {
            Assert.Equal(stage.Value.Get("n"), mean[stage.Name][0].Get("n"));
            Answer.Same(stage.Value.Get("mean") / 24, mean[stage.Name][0].Get("value"));
            Answer.Quantile(stage.Value.Get("median") / 24, median[stage.Name][0].Get("value"));
            Answer.Quantile(stage.Value.Get("p90") / 24, p90[stage.Name][0].Get("value"));
        }
    }

    [Fact]
    public async Task Outcomes()
    {
        var outcome = Truth.GetProperty("outcome");
        Answer.Ratio(Truth.GetProperty("approved_of_closed"), await local.One(LocalFixture.Loans, $"kpi=win_rate&{All}"));
        var lost = await local.Kpi(LocalFixture.Loans, $"kpi=deals_lost&groupBy=reason&{All}");
        Assert.Equal(outcome.GetProperty("DECLINED").Get("num"), lost["declined"][0].Get("value"));
        Assert.Equal(outcome.GetProperty("CANCELLED").Get("num"), lost["cancelled"][0].Get("value"));
        var open = await local.One(LocalFixture.Loans, $"kpi=stuck_deals_share&groupBy=none&{All}");
        Assert.Equal(outcome.GetProperty("OPEN").Get("num"), open.Get("denominator"));
    }

    [Fact]
    public async Task Time_until_a_person_answers()
    {
        var truth = Truth.GetProperty("first_response_hours");
        var mean = await local.One(LocalFixture.Loans, $"kpi=response_time.mean&{All}");
        Assert.Equal(truth.Get("n"), mean.Get("n"));
        Answer.Same(truth.Get("mean") * 60, mean.Get("value"));
        Answer.Quantile(truth.Get("median") * 60, (await local.One(LocalFixture.Loans, $"kpi=response_time.median&{All}")).Get("value"));
        Answer.Quantile(truth.Get("p90") * 60, (await local.One(LocalFixture.Loans, $"kpi=response_time.p90&{All}")).Get("value"));
    }

    [Fact]
    public async Task Read_models_equal_a_recomputation_from_the_log()
    {
        foreach (var tenant in new[] { LocalFixture.Olist, LocalFixture.Cdnow, LocalFixture.Loans })
        {
            var result = await local.Cli("verify", tenant);
            Assert.True(result.Code == 0, result.ToString());
            Assert.Contains("equals a recomputation", result.Out);
        }
    }
}
