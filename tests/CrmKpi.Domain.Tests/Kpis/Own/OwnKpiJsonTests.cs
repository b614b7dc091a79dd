using System.Text.Json;
using System.Text.Json.Nodes;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Own;

namespace CrmKpi.Domain.Tests.Kpis.Own;

public sealed class OwnKpiJsonTests
{
    private const string Whole = """
        {"id":"margin_share","name":{"ru":"Доля маржи","en":"Margin share"},"meaning":"Margin of what was sold.","unit":"%",
         "better":"down","formula":"sum(purchase_margin) / sum(purchase_margin_base)","norm":{"low":10,"high":20.5},"sample":"none"}
        """;

    [Fact]
    public void A_definition_is_read_with_all_that_it_says_and_written_back_the_same()
    {
        var kpi = OwnKpiJson.Read("margin_share", Whole);
        Assert.Equal(new Text("Доля маржи", "Margin share"), kpi.Name);
        Assert.Equal(new Text("Margin of what was sold.", "Margin of what was sold."), kpi.Meaning);
        Assert.Equal((KpiUnit.Percent, Better.Down, false), (kpi.Unit, kpi.Better, kpi.IsShare));
        Assert.Equal(new Norm(10, 20.5m), kpi.Norm);
        Assert.Equal(kpi, OwnKpiJson.Read("margin_share", OwnKpiJson.Text(kpi)));
    }

    [Fact]
    public void One_language_is_enough_and_the_meaning_may_be_missing()
    {
        var kpi = OwnKpiJson.Read("k1", """{"name":{"ru":"Имя"},"unit":"count","better":"up","formula":"deals_won"}""");
        Assert.Equal((new Text("Имя", "Имя"), new Text("Имя", "Имя")), (kpi.Name, kpi.Meaning));
        Assert.Null(kpi.Norm);
    }

    [Theory]
    [InlineData("name", null, "missing_field", "/name")]
    [InlineData("name", "\" \"", "missing_field", "/name")]
    [InlineData("name", "7", "wrong_type", "/name")]
    [InlineData("name", """{"de":"x"}""", "unknown_property", "/name/de")]
    [InlineData("name", "\"a\\u0007\"", "bad_text", "/name")]
    [InlineData("unit", null, "missing_field", "/unit")]
    [InlineData("unit", "\"percent\"", "unknown_value", "/unit")]
    [InlineData("better", "\"higher\"", "unknown_value", "/better")]
    [InlineData("formula", null, "missing_field", "/formula")]
    [InlineData("formula", "1", "wrong_type", "/formula")]
    [InlineData("sample", "\"mean\"", "unknown_value", "/sample")]
    [InlineData("norm", "5", "wrong_type", "/norm")]
    [InlineData("norm", """{"low":"5"}""", "wrong_type", "/norm/low")]
    [InlineData("norm", """{"low":1e300}""", "wrong_type", "/norm/low")]
    [InlineData("norm", """{"low":5,"high":4}""", "out_of_range", "/norm")]
    [InlineData("norm", """{"min":5}""", "unknown_property", "/norm/min")]
    [InlineData("colour", "1", "unknown_property", "/colour")]
    [InlineData("id", "\"other\"", "bad_id", "/id")]
    public void What_is_wrong_is_said_with_its_place(string name, string? value, string code, string pointer)
    {
        var body = JsonNode.Parse(Whole)!.AsObject();
        body.Remove(name);
        if (value is not null)
            body[name] = JsonNode.Parse(value);
        var problem = Assert.Throws<KpiProblemException>(() =>
            OwnKpiJson.Read("margin_share", body.ToJsonString())).Problem;
        Assert.Equal((code, pointer), (problem.Code, problem.Pointer));
        if (code == "unknown_value")
            Assert.NotEmpty(problem.Allowed!);
    }

    [Fact]
    public void A_name_has_a_limit()
    {
        var json = JsonSerializer.Serialize(
            new { name = new string('x', 201), unit = "%", better = "up", formula = "1" });
        Assert.Equal("too_long", Assert.Throws<KpiProblemException>(() => OwnKpiJson.Read("k1", json)).Problem.Code);
        Assert.Equal("wrong_type", Assert.Throws<KpiProblemException>(() => OwnKpiJson.Read("k1", "[]")).Problem.Code);
    }

    [Theory]
    [InlineData("margin_share", null)]
    [InlineData("", "bad_id")]
    [InlineData("Margin", "bad_id")]
    [InlineData("1st", "bad_id")]
    [InlineData("a-b", "bad_id")]
    [InlineData("a.b", "bad_id")]
    [InlineData("ok\n", "bad_id")]
    [InlineData("own", "bad_id")]
    [InlineData("win_rate", "id_taken")]
    public void An_id_has_a_form_and_is_not_one_of_the_catalogue(string id, string? code) =>
        Assert.Equal(code, OwnKpi.ProblemOf(id)?.Code);
}
