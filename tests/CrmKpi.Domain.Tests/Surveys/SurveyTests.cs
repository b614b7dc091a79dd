using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Surveys;

public sealed class SurveyTests
{
    private static readonly TenantSettings Settings = new();

    [Theory]
    [InlineData(0, "2025-01-01 +1")]
    [InlineData(9, "2025-01-01 [9] +1")]
    [InlineData(10, "2025-01-01 [10] +1")]
    public void Nps_counts_by_score(int score, string cells) =>
        Assert.Equal(cells, Of(Settings, Responded("nps", $"{score}", 10)).Show(Measures.SurveyNps));

    [Theory]
    [InlineData("4", 5, "2025-01-01 [1] +1")]
    [InlineData("3.99", 5, "2025-01-01 +1")]
    [InlineData("8", 10, "2025-01-01 [1] +1")]
    [InlineData("5.6", 7, "2025-01-01 [1] +1")]
    [InlineData("5.5", 7, "2025-01-01 +1")]
    public void Csat_is_satisfied_from_four_fifths_of_the_scale_on(string score, int scale, string cells) =>
        Assert.Equal(cells, Of(Settings, Responded("csat", score, scale)).Show(Measures.SurveyCsat));

    [Theory]
    [InlineData("4.5", 5, "4.5")]
    [InlineData("7", 10, "3.5")]
    [InlineData("2", 3, "3.333333")]
    public void Csi_is_scaled_to_five(string score, int scale, string sum) =>
        Assert.Equal($"2025-01-01 +1 {sum}", Of(Settings, Responded("csi", score, scale)).Show(Measures.SurveyCsi));

    [Fact]
    public void What_employees_say_is_scaled_to_five_and_counted_apart()
    {
        var model = Of(Settings, Responded("employee", "8", 10));

        Assert.Equal("2025-01-01 +1 4", model.Show(Measures.SurveyEmployee));
        Assert.Equal("", model.Show(Measures.SurveyCsi));
    }

    [Fact]
    public void Other_kinds_are_kept_and_not_counted()
    {
        var model = Of(Settings, Responded("ces", "4", 5));

        Assert.Empty(model.Cells);
        Assert.Equal("ces", model.Fact("survey/s")["kind"]);
        Assert.Equal(4m, model.Fact("survey/s")["score"]);
    }

    [Fact]
    public void The_last_response_of_a_stream_counts()
    {
        var model = Of(Settings, Responded("nps", "3", 10),
            Event(2, "2025-01-03", "survey/s", "survey.responded", "{'kind':'nps','score':8,'scaleMax':10}"));

        Assert.Equal("2025-01-03 [8] +1", model.Show(Measures.SurveyNps));
    }

    private static LogEvent Responded(string kind, string score, int scale) => Event(1, "2025-01-01", "survey/s",
        "survey.responded", $"{{'kind':'{kind}','score':{score},'scaleMax':{scale}}}");
}
