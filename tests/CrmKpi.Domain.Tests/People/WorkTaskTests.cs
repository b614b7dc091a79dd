using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.People;

public sealed class WorkTaskTests
{
    private static readonly TenantSettings Moscow = new() { TimeZone = "Europe/Moscow" };

    [Theory]
    [InlineData("2025-01-10 20:59", true)] // 23:59 in Moscow
    [InlineData("2025-01-10 21:00", false)]
    public void A_due_day_counts_to_its_end_in_the_tenants_time(string completed, bool inTime)
    {
        var model = Of(Moscow, Created(1, "'due':'2025-01-10','user':'ann'"), Completed(2, completed));

        Assert.Equal("2025-01-10 {manager=ann} +1", model.Show(Measures.TasksDue));
        Assert.Equal(inTime ? "2025-01-10 {manager=ann} +1" : "", model.Show(Measures.TasksOnTime));
    }

    [Theory]
    [InlineData("2025-01-10 10:00", true)]
    [InlineData("2025-01-10 10:01", false)]
    public void A_due_time_counts_to_the_minute(string completed, bool inTime)
    {
        var model = Of(Moscow, Created(1, "'due':'2025-01-10T10:00:00Z'"), Completed(2, completed));
        Assert.Equal(inTime ? "2025-01-10 +1" : "", model.Show(Measures.TasksOnTime));
    }

    [Fact]
    public void The_last_due_told_counts_and_the_first_completion()
    {
        var model = Of(Moscow, Created(1, "'due':'2025-01-10'"), Completed(2, "2025-01-15"), Completed(3, "2025-01-25"),
            Event(4, "2025-01-11", "task/t", "task.overdue", "{'due':'2025-01-20'}"));

        Assert.Equal("2025-01-20 +1", model.Show(Measures.TasksDue));
        Assert.Equal("2025-01-20 +1", model.Show(Measures.TasksOnTime));
    }

    [Fact]
    public void A_task_that_is_only_known_to_be_overdue_was_due_then()
    {
        var model = Of(Moscow, Event(1, "2025-01-12 08:00", "task/t", "task.overdue", "{'user':'ann'}"),
            Completed(2, "2025-01-12 09:00"));

        Assert.Equal("2025-01-12 {manager=ann} +1", model.Show(Measures.TasksDue));
        Assert.Equal("", model.Show(Measures.TasksOnTime));
    }

    [Fact]
    public void A_task_without_a_due_time_counts_nowhere()
    {
        var model = Of(Moscow, Created(1, "'automated':true"), Completed(2, "2025-01-05"));

        Assert.Empty(model.Cells);
        Assert.Equal((true, (object?)null), (model.Fact("task/t")["automated"], model.Fact("task/t")["due_at"]));
    }

    private static LogEvent Created(long sequence, string fields) =>
        Event(sequence, "2025-01-01", "task/t", "task.created", $"{{{fields}}}");

    private static LogEvent Completed(long sequence, string time) => Event(sequence, time, "task/t", "task.completed");
}
