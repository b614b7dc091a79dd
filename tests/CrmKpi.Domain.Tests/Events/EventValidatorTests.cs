using System.Text;
using CrmKpi.Domain.Events;
using static CrmKpi.Domain.Events.EventProblem;

namespace CrmKpi.Domain.Tests.Events;

public sealed class EventValidatorTests
{
    [Theory]
    [InlineData("deal.won", """{"amount":1054.00}""")]
    [InlineData("deal.won", """{"amount":"1054.00","margin":{"amount":-3.5}}""")]
    [InlineData("deal.won", """{"amount":{"currency":"USD","amount":1e3},"extra":{"amount":[]}}""")]
    [InlineData("deal.won", """{"amount":0,"customer":null,"stage":null}""")]
    [InlineData("deal.created", """{"stage":"NEW","expectedClose":"2030-01-01","probability":33.3,"pipeline":null}""")]
    [InlineData("deal.created", """{"stage":"NEW","expectedClose":"2030-01-01T10:00:00Z","fields":{"phone":true}}""")]
    [InlineData("lead.created", """{"utm":{"source":"ya"},"firstContact":"2025-01-01T00:00:00\u002B03:00"}""")]
    [InlineData("cost.recorded", """{"category":"license","amount":1,"period":{"from":"2025-01-01","to":"2034-12-31"}}""")]
    [InlineData("tenant.pipeline_defined", """{"pipeline":"p","stages":[{"id":"a"},{"id":"b","semantic":"success"}]}""")]
    [InlineData("tenant.calendar_set", """{"workingHours":{"mon":{"from":"09:00","to":"24:00"}},"holidays":["2025-01-01"]}""")]
    [InlineData("tenant.settings_changed", """{"timeZone":"Europe/Moscow","currency":"EUR","inactivityDays":90}""")]
    [InlineData("survey.responded", """{"kind":"nps","score":9,"scaleMax":10}""")]
    [InlineData("survey.responded", """{"kind":"csi","score":4.5,"scaleMax":5}""")]
    [InlineData("deal.deleted", "{}")]
    public void Good_data_has_no_problem(string type, string data) => Assert.Empty(Validate(type, data));

    [Theory]
    [InlineData("deal.won", "{}", Codes.MissingField, "/data/amount")]
    [InlineData("deal.won", """{"amount":null}""", Codes.MissingField, "/data/amount")]
    [InlineData("deal.won", """{"amount":{}}""", Codes.MissingField, "/data/amount/amount")]
    [InlineData("deal.won", """{"amount":{"amount":null}}""", Codes.WrongType, "/data/amount/amount")]
    [InlineData("deal.won", """{"amount":"12,5"}""", Codes.WrongType, "/data/amount")]
    [InlineData("deal.won", """{"amount":"+1"}""", Codes.WrongType, "/data/amount")]
    [InlineData("deal.won", """{"amount":true}""", Codes.WrongType, "/data/amount")]
    [InlineData("deal.won", """{"amount":[1]}""", Codes.WrongType, "/data/amount")]
    [InlineData("deal.won", """{"amount":1000000000001}""", Codes.OutOfRange, "/data/amount")]
    [InlineData("deal.won", """{"amount":{"amount":"-1e13"}}""", Codes.OutOfRange, "/data/amount/amount")]
    [InlineData("deal.won", """{"amount":{"amount":1,"currency":"rub"}}""", Codes.UnknownValue, "/data/amount/currency")]
    [InlineData("deal.won", """{"amount":{"amount":1,"amount":2}}""", Codes.DuplicateKey, "/data/amount/amount")]
    [InlineData("deal.won", """{"amount":1,"amount":2}""", Codes.DuplicateKey, "/data/amount")]
    [InlineData("deal.won", """{"amount":1,"stage":7}""", Codes.WrongType, "/data/stage")]
    [InlineData("deal.won", """{"amount":1,"x":{"y":[0,1e999]}}""", Codes.OutOfRange, "/data/x/y/1")]
    [InlineData("deal.created", """{"stage":""}""", Codes.MissingField, "/data/stage")]
    [InlineData("deal.created", """{"stage":"N","probability":101}""", Codes.OutOfRange, "/data/probability")]
    [InlineData("deal.created", """{"stage":"N","probability":"50"}""", Codes.WrongType, "/data/probability")]
    [InlineData("deal.created", """{"stage":"N","expectedClose":"soon"}""", Codes.BadTime, "/data/expectedClose")]
    [InlineData("deal.created", """{"stage":"N","expectedClose":"2999-01-01"}""", Codes.OutOfRange, "/data/expectedClose")]
    [InlineData("deal.created", """{"stage":"N","semantic":"won"}""", Codes.UnknownValue, "/data/semantic")]
    [InlineData("deal.created", """{"stage":"N","fields":{"a/b":1}}""", Codes.WrongType, "/data/fields/a~1b")]
    [InlineData("lead.created", """{"utm":"x"}""", Codes.WrongType, "/data/utm")]
    [InlineData("lead.created", """{"utm":{"source":1}}""", Codes.WrongType, "/data/utm/source")]
    [InlineData("lead.created", """{"firstContact":"2025-01-01"}""", Codes.BadTime, "/data/firstContact")]
    [InlineData("lead.assigned", "{}", Codes.MissingField, "/data/manager")]
    [InlineData("call.recorded", """{"direction":"inbound","talkSeconds":1.5}""", Codes.WrongType, "/data/talkSeconds")]
    [InlineData("cost.recorded", """{"category":"rent","amount":1}""", Codes.UnknownValue, "/data/category")]
    [InlineData("cost.recorded", """{"category":"other","amount":1,"period":{"from":"2025-02-01","to":"2025-01-31"}}""",
        Codes.OutOfRange, "/data/period")]
    [InlineData("cost.recorded", """{"category":"other","amount":1,"period":{"from":"2025-02-01","to":"2035-02-03"}}""",
        Codes.OutOfRange, "/data/period")]
    [InlineData("cost.recorded", """{"category":"other","amount":1,"period":{"from":"2025-02-01"}}""",
        Codes.MissingField, "/data/period/to")]
    [InlineData("tenant.pipeline_defined", """{"pipeline":"p","stages":[{"id":"a"},{"name":"b"}]}""",
        Codes.MissingField, "/data/stages/1/id")]
    [InlineData("tenant.pipeline_defined", """{"pipeline":"p","stages":[7]}""", Codes.WrongType, "/data/stages/0")]
    [InlineData("tenant.settings_changed", """{"timeZone":"Moscow"}""", Codes.UnknownValue, "/data/timeZone")]
    [InlineData("tenant.settings_changed", """{"inactivityDays":29}""", Codes.OutOfRange, "/data/inactivityDays")]
    [InlineData("tenant.settings_changed", """{"purchaseSource":"both"}""", Codes.UnknownValue, "/data/purchaseSource")]
    [InlineData("tenant.calendar_set", """{"workingHours":{"mon":{"from":"9:00","to":"18:00"}}}""",
        Codes.BadTime, "/data/workingHours/mon/from")]
    [InlineData("survey.responded", """{"kind":"nps","score":4,"scaleMax":5}""", Codes.OutOfRange, "/data/scaleMax")]
    [InlineData("survey.responded", """{"kind":"nps","score":8.5,"scaleMax":10}""", Codes.OutOfRange, "/data/score")]
    [InlineData("survey.responded", """{"kind":"csat","score":6,"scaleMax":5}""", Codes.OutOfRange, "/data/score")]
    [InlineData("deal.deleted", "[]", Codes.WrongType, "/data")]
    [InlineData("deal.deleted", "{} 1", Codes.MalformedJson, "/data")]
    [InlineData("deal.deleted", """{"a":"\u0000"}""", Codes.NullCharacter, "/data/a")]
    public void Bad_data_is_refused_with_code_and_pointer(string type, string data, string code, string pointer)
    {
        var problem = Assert.Single(Validate(type, data));

        Assert.Equal((code, pointer), (problem.Code, problem.Pointer));
        Assert.NotEmpty(problem.Detail);
    }

    [Fact]
    public void Long_texts_lists_and_numbers_are_refused()
    {
        var stages = string.Join(",", Enumerable.Range(0, 1001).Select(i => $$"""{"id":"{{i}}"}"""));

        Assert.Equal(Codes.TooLarge, CodeOf("deal.created", $$"""{"stage":"{{new string('я', 201)}}"}"""));
        Assert.Empty(Validate("deal.created", $$"""{"stage":"{{new string('я', 200)}}"}"""));
        Assert.Equal(Codes.TooLarge, CodeOf("suggestion.submitted", $$"""{"text":"{{new string('x', 10_001)}}"}"""));
        Assert.Equal(Codes.TooLarge, CodeOf("tenant.pipeline_defined", $$"""{"pipeline":"p","stages":[{{stages}}]}"""));
        Assert.Equal(Codes.OutOfRange, CodeOf("deal.deleted", $$"""{"n":{{new string('9', 65)}}}"""));
    }

    [Fact]
    public void All_problems_of_an_event_are_told_up_to_a_limit()
    {
        Assert.Equal(["/data/stage", "/data/probability", "/data/lead"],
            Validate("deal.created", """{"stage":1,"probability":-1,"lead":2}""").Select(p => p.Pointer));
        var many = string.Join(",", Enumerable.Range(0, 50).Select(i => $"\"{i}\":0"));
        Assert.Equal(EventValidator.ProblemsMax, Validate("lead.created", "{\"fields\":{" + many + "}}").Count);
    }

    [Fact]
    public void Every_type_is_found_by_name_and_its_required_fields_are_missed()
    {
        foreach (var type in EventTypes.All)
        {
            Assert.Same(type, EventTypes.Find(type.Name));
            Assert.Same(type, EventTypes.Find(Encoding.UTF8.GetBytes(type.Name)));
            Assert.Equal(type.Fields.Where(f => f.Required).Select(f => "/data/" + f.Name),
                Validate(type.Name, "{}").Where(p => p.Code == Codes.MissingField).Select(p => p.Pointer));
            Assert.Equal(type.Fields.Length, type.Fields.Select(f => f.Name).Distinct().Count());
            Assert.InRange(type.Fields.Length, 0, 64);
        }
        Assert.Equal(EventTypes.All.Count, EventTypes.All.Select(t => t.Name).Distinct().Count());
    }

    private static string CodeOf(string type, string data) => Assert.Single(Validate(type, data)).Code;

    private static IReadOnlyList<EventProblem> Validate(string type, string data) =>
        EventValidator.Validate(EventTypes.Find(type)!, Encoding.UTF8.GetBytes(data));
}
