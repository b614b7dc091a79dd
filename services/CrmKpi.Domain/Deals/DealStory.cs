using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Deals;

/// <summary>What an event says about the place of a deal. The numbers are a storage format.</summary>
internal enum DealPointKind : byte { Created = 1, Staged = 2, Won = 3, Lost = 4, Reopened = 5, Deleted = 6 }

/// <summary>One event of a deal's timeline, as it was sent.</summary>
/// <param name="Semantic">As the event says it; null = as the pipeline says.</param>
internal readonly record struct DealPoint(
    long Time, long Sequence, DealPointKind Kind, string? Stage, string? Pipeline, StageSemantic? Semantic) : ITimelinePoint
{
    /// <summary>Of what happened at the same time, the creation came first: sources that know only days tell it so.</summary>
    public int Rank => Kind == DealPointKind.Created ? 0 : 1;
}

/// <summary>A stay in an open stage.</summary>
/// <param name="Entered">Microseconds since 1970-01-01T00:00Z.</param>
/// <param name="Left">Likewise; null while the deal stands there.</param>
/// <param name="Order">The stage's place in its pipeline; −1 when that is not known.</param>
internal readonly record struct StageVisit(string? Stage, long Entered, long? Left, int Order, int? StuckDays);

/// <summary>
/// What the timeline of a deal amounts to. Points are read by (time, creation first, sequence). The meaning of a stage is what the event
/// says, else what the pipeline says, else open; won and lost events go before both. Neighbouring points of the same status
/// and stage are one, which starts with the first of them: a win told twice was won once, at the earlier time.
/// </summary>
internal sealed class DealStory
{
    /// <summary>The stays in open stages, by time.</summary>
    public List<StageVisit> Visits { get; } = [];

    /// <summary>When it was won each time.</summary>
    public List<long> Wins { get; } = [];

    /// <summary>The status now.</summary>
    public StageSemantic Status { get; private set; } = StageSemantic.Open;

    /// <summary>When the run of the present closed status began; null while the deal is open.</summary>
    public long? ClosedAt { get; private set; }

    /// <summary>The stage now, which may be a closed one.</summary>
    public string? Stage { get; private set; }

    /// <summary>The stage in which the deal was lost: the one that the loss names unless it stands for failure itself,
    /// else the last open one.</summary>
    public string? LostStage { get; private set; }

    /// <summary>True when a deletion is the last word.</summary>
    public bool IsDeleted => DeletedAt is not null;

    /// <summary>When the last run of deletions began; null when something happened after it.</summary>
    public long? DeletedAt { get; private set; }

    private StageVisit? _visit;

    /// <summary>Reads the points of a deal.</summary>
    /// <param name="points">Sorted by (time, sequence).</param>
    /// <param name="pipeline">The deal's pipeline, for points before the first that names one.</param>
    public static DealStory Of(List<DealPoint> points, string? pipeline, TenantSettings settings)
    {
        var story = new DealStory();
        foreach (var point in points)
        {
            if (point.Pipeline is not null)
            {
                pipeline = point.Pipeline;
                break;
            }
        }
        foreach (var point in points)
        {
            pipeline = point.Pipeline ?? pipeline;
            story.DeletedAt = point.Kind == DealPointKind.Deleted ? story.DeletedAt ?? point.Time : null;
            if (!story.IsDeleted)
                story.Read(point, pipeline, settings);
        }
        if (story._visit is { } open)
            story.Visits.Add(open);
        return story;
    }

    private void Read(in DealPoint point, string? pipeline, TenantSettings settings)
    {
        var (order, definition) = settings.FindStage(pipeline, point.Stage);
        var status = point.Kind switch
        {
            DealPointKind.Won => StageSemantic.Success,
            DealPointKind.Lost => StageSemantic.Failure,
            DealPointKind.Reopened => StageSemantic.Open,
            _ => point.Semantic ?? definition?.Semantic ?? StageSemantic.Open,
        };
        if (status == StageSemantic.Open)
            Open(point, order, definition);
        else
            Close(point, status, definition);
    }

    private void Open(in DealPoint point, int order, StageDefinition? definition)
    {
        var stage = point.Stage;
        var stuckDays = definition?.StuckDays;
        if (stage is null && Visits is [.., var last])
            (stage, order, stuckDays) = (last.Stage, last.Order, last.StuckDays);
        if (_visit is { } here)
        {
            if (point.Stage is null || here.Stage == stage)
                return;
            Visits.Add(here with { Left = point.Time });
        }
        _visit = new StageVisit(stage, point.Time, null, order, stuckDays);
        (Status, Stage, ClosedAt, LostStage) = (StageSemantic.Open, stage, null, null);
    }

    private void Close(in DealPoint point, StageSemantic status, StageDefinition? definition)
    {
        if (_visit is { } here)
        {
            Visits.Add(here with { Left = point.Time });
            _visit = null;
        }
        if (Status != status)
        {
            (Status, ClosedAt, LostStage) = (status, point.Time, null);
            if (status == StageSemantic.Success)
                Wins.Add(point.Time);
        }
        Stage = point.Stage ?? Stage;
        if (status != StageSemantic.Failure)
            return;
        var namesOpenStage = point.Stage is not null && definition is null or { Semantic: StageSemantic.Open };
        if (point.Kind == DealPointKind.Lost && namesOpenStage)
            LostStage = point.Stage;
        else
            LostStage ??= Visits.Count > 0 ? Visits[^1].Stage : point.Stage;
    }
}
