using CrmKpi.Domain.Kpis.Evaluation;

namespace CrmKpi.Domain.Settings;

/// <summary>How the value expected moves from a target's start to its due day.</summary>
public enum TargetPath
{
    /// <summary>Evenly, day by day.</summary>
    Linear,

    /// <summary>On the same line, but only at the end of each calendar month.</summary>
    Stepwise,
}

/// <summary>The time that a target of a sum over days is meant for: 50 leads a day, a million of revenue a month.</summary>
public enum TargetPer { Day, Week, Month, Quarter, Year }

/// <summary>A value that a KPI shall have reached on a day, as one <c>tenant.target_set</c> said.</summary>
public sealed record Target
{
    /// <summary>The id of the KPI as set, statistic or window included; it may be one that does not exist.</summary>
    public required string Kpi { get; init; }

    /// <summary>In the unit of the KPI.</summary>
    public required decimal Value { get; init; }

    /// <summary>At the end of this day it shall be reached.</summary>
    public required DateOnly Due { get; init; }

    /// <summary>Whom it is for: ordered by dimension, values sorted, each once; empty = the whole.</summary>
    public IReadOnlyList<DimensionFilter> Filters { get; init; } = [];

    public TargetPath Path { get; init; }

    /// <summary>Only of a meaning for KPIs that are sums over days.</summary>
    public TargetPer Per { get; init; } = TargetPer.Month;

    /// <summary>The day on which the path begins.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The value at the beginning of the path, if it was said.</summary>
    public decimal? Start { get; init; }

    /// <summary>When it was set.</summary>
    public required DateTimeOffset SetAt { get; init; }

    /// <summary>The sequence of the event that set it.</summary>
    public required long Sequence { get; init; }

    /// <summary>Of the targets with the same key the one set last counts.</summary>
    public (string Kpi, string Filters, DateOnly Due) Key => (Kpi, DimensionFilter.Canonical(Filters), Due);

    /// <summary>The names of the paths in events and in the API, in the order of the enum.</summary>
    public static IReadOnlyList<string> PathNames { get; } = ["linear", "stepwise"];

    /// <summary>The names of <see cref="TargetPer"/>, in its order.</summary>
    public static IReadOnlyList<string> PerNames { get; } = ["day", "week", "month", "quarter", "year"];
}
