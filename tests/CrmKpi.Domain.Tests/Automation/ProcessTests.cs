using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Automation;

public sealed class ProcessTests
{
    private static readonly TenantSettings Settings = new();

    [Fact]
    public void A_process_that_is_automated_later_was_not_automated_before()
    {
        var model = Of(Settings, Defined(1, "2025-01-01", false), Defined(2, "2025-02-01", true), Defined(3, "2025-02-05", true));

        Assert.Equal("2025-01-01 +1", model.Show(Measures.ProcessesDefined));
        Assert.Equal("2025-02-01 +1", model.Show(Measures.ProcessesAutomated));
        Assert.Equal(("Leads", true), (model.Fact("process/p")["name"], model.Fact("process/p")["automated"]));
    }

    [Fact]
    public void A_retired_process_is_gone_until_it_is_defined_again()
    {
        var model = Of(Settings, Defined(1, "2025-01-01", true), Event(2, "2025-01-10", "process/p", "process.retired"),
            Event(3, "2025-01-12", "process/p", "process.retired"));

        Assert.Equal("2025-01-01 +1\n2025-01-10 -1", model.Show(Measures.ProcessesDefined));
        Assert.Equal("2025-01-01 +1\n2025-01-10 -1", model.Show(Measures.ProcessesAutomated));
        Assert.Equal(new DateTime(2025, 1, 10), model.Fact("process/p")["retired_at"]);
        model.Fold([Defined(4, "2025-01-20", false)]);
        Assert.Equal("2025-01-01 +1\n2025-01-10 -1\n2025-01-20 +1", model.Show(Measures.ProcessesDefined));
        Assert.Equal("2025-01-01 +1\n2025-01-10 -1", model.Show(Measures.ProcessesAutomated));
        Assert.Null(model.Fact("process/p")["retired_at"]);
    }

    [Fact]
    public void Executions_are_counted_by_kind_and_define_no_process()
    {
        var model = Of(Settings, Executed(1, true, "mailing"), Executed(2, false, "mailing"), Executed(3, true, "task"));

        Assert.Equal("2025-01-05 {category=mailing} +2\n2025-01-05 {category=task} +1", model.Show(Measures.Executions));
        Assert.Equal("2025-01-05 {category=mailing} +1\n2025-01-05 {category=task} +1", model.Show(Measures.ExecutionsAutomated));
        Assert.Equal("", model.Show(Measures.ProcessesDefined));
        Assert.All(model.States.Keys, key => Assert.Equal("process/p", key.Stream));
        Assert.Equal(3, model.States.Count);
    }

    private static LogEvent Defined(long sequence, string time, bool isAutomated) => Event(
        sequence, time, "process/p", "process.defined", $"{{'name':'Leads','automated':{(isAutomated ? "true" : "false")}}}");

    private static LogEvent Executed(long sequence, bool isAutomated, string kind) => Event(sequence, "2025-01-05", "process/p",
        "process.executed", $"{{'automated':{(isAutomated ? "true" : "false")},'kind':'{kind}'}}");
}
