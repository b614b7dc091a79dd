using System.Text;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Settings;

/// <summary>Rules of the events that set a launch, a baseline and targets: the problem, or null.</summary>
internal static class GoalRules
{
    private static readonly int DayMin = new DateOnly(1970, 1, 1).DayNumber;
    private static readonly int DayMax = new DateOnly(2200, 12, 31).DayNumber;

    /// <summary>A day that can be worked with; null when it is absent, or before 1970 or after 2200.</summary>
    public static int? Day(in JsonFields fields, ReadOnlySpan<byte> name) =>
        fields.Day(name) is { } day && day >= DayMin && day <= DayMax ? day : null;

    /// <summary>The baseline of an event; null when it is empty or too long.</summary>
    public static Period? Baseline(in JsonFields fields) =>
        Day(fields, "from"u8) is { } from && Day(fields, "to"u8) is { } to && from < to && to - from <= Period.DaysMax
            ? new Period(from, to) : null;

    /// <summary>For <c>tenant.baseline_set</c>.</summary>
    public static EventProblem? BaselineIsAPeriod(ReadOnlySpan<byte> data) =>
        Baseline(new JsonFields(data)) is not null ? null : new(
            EventProblem.Codes.OutOfRange,
            $"'to' is the day after the last: it must lie after 'from', by at most {Period.DaysMax} days, and both within 1970 to 2200.",
            "/data/to");

    /// <summary>For <c>tenant.crm_launched</c>.</summary>
    public static EventProblem? LaunchIsADay(ReadOnlySpan<byte> data) =>
        Day(new JsonFields(data), "date"u8) is not null ? null : new(
            EventProblem.Codes.OutOfRange, "'date' must lie within 1970 to 2200.", "/data/date");

    /// <summary>For <c>tenant.target_set</c>.</summary>
    public static EventProblem? TargetIsWhole(ReadOnlySpan<byte> data)
    {
        var fields = new JsonFields(data);
        foreach (var name in new[] { "due", "from" })
            if (fields.Has(Encoding.UTF8.GetBytes(name)) && Day(fields, Encoding.UTF8.GetBytes(name)) is null)
                return new(EventProblem.Codes.OutOfRange, $"'{name}' must lie within 1970 to 2200.", $"/data/{name}");
        if (fields.Day("from"u8) > fields.Day("due"u8))
            return new(EventProblem.Codes.OutOfRange, "'from' must not lie after 'due'.", "/data/from");
        return TargetSet.ReadFilters(fields.Nested("filters"u8)) is not null ? null : new(
            EventProblem.Codes.UnknownValue,
            "'filters' must name dimensions, each with a list of values of at least one character: {\"manager\":[\"ann\"]}; "
            + $"at most {TargetSet.FilterValuesMax} values together.", "/data/filters");
    }
}
