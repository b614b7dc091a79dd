using System.Globalization;
using System.Text;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Settings;

/// <summary>Which facts are purchases of a customer.</summary>
public enum PurchaseSource
{
    /// <summary>Won deals with a customer.</summary>
    Deals,

    /// <summary><c>purchase.made</c> events.</summary>
    Payments,
}

/// <summary>What a stage means for a deal that stands in it.</summary>
public enum StageSemantic { Open, Success, Failure }

/// <summary>A stage of a pipeline, in order.</summary>
public sealed record StageDefinition(string Id, string Name, StageSemantic Semantic, int? StuckDays);

/// <summary>
/// A tenant's settings: last-writer-wins of the events of its <c>tenant</c> stream. The settings that change how the past is
/// counted make up <see cref="CountingKey"/>; when that changes, a new generation of the read models is built.
/// </summary>
public sealed record TenantSettings
{
    /// <summary>The least <see cref="InactivityDays"/>.</summary>
    public const int InactivityDaysMin = 30;

    /// <summary>The greatest <see cref="InactivityDays"/>.</summary>
    public const int InactivityDaysMax = 1_095;

    public string Name { get; init; } = "";
    public string TimeZone { get; init; } = "UTC";
    public string Currency { get; init; } = "RUB";
    public string Locale { get; init; } = "ru";
    public string? Crm { get; init; }
    public string? Industry { get; init; }

    /// <summary>Days without a purchase after which a customer is inactive (30 to 1095).</summary>
    public int InactivityDays { get; init; } = 180;
    public PurchaseSource PurchaseSource { get; init; } = PurchaseSource.Deals;

    /// <summary>The limit of days in a stage that has none of its own.</summary>
    public int StuckDays { get; init; } = 30;

    /// <summary>Ordered stages by pipeline id.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<StageDefinition>> Pipelines { get; init; } =
        new Dictionary<string, IReadOnlyList<StageDefinition>>();

    /// <summary>Working hours and holidays; null = all hours of all days.</summary>
    public WorkingCalendar? Calendar { get; init; }

    /// <summary>First month of the fiscal year.</summary>
    public int FiscalYearStartMonth { get; init; } = 1;

    /// <summary>Cost categories that enter customer acquisition cost.</summary>
    public IReadOnlyList<string> CacCategories { get; init; } = ["marketing", "sales_salary", "license", "implementation",
        "integration", "training", "support", "administration", "development"];

    /// <summary>Activities and calls below which a deal was won past the CRM.</summary>
    public int BypassActivities { get; init; } = 3;

    /// <summary>
    /// The fields that must be filled, by kind of record (<c>lead</c>, <c>deal</c>, <c>customer</c>); where there are none,
    /// those that the record's events name.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> RequiredFields { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Whether somebody works on a local day: it has working hours and is no holiday.</summary>
    public bool IsWorkingDay(int day) => Calendar is not { } calendar
        || (calendar.Days[(day + 1) % 7] is not null && !calendar.Holidays.Contains(DateOnly.FromDayNumber(day)));

    /// <summary>The period before the CRM, or before a change, with which others are compared.</summary>
    public Period? Baseline { get; init; }

    /// <summary>The first day of the CRM.</summary>
    public DateOnly? CrmLaunched { get; init; }

    /// <summary>Every target that was set, in that order.</summary>
    public IReadOnlyList<Target> TargetHistory
    {
        get;
        init
        {
            field = value;
            Targets =
            [
                .. value.GroupBy(t => t.Key).Select(g => g.Last()).OrderBy(t => t.Kpi, StringComparer.Ordinal)
                    .ThenBy(t => t.Key.Filters, StringComparer.Ordinal).ThenBy(t => t.Due),
            ];
        }
    } = [];

    /// <summary>The targets that stand: of those with the same KPI, filters and due day the one set last.</summary>
    public IReadOnlyList<Target> Targets { get; private init; } = [];

    /// <summary>A canonical text of the settings that change how the past is counted.</summary>
    public string CountingKey
    {
        get
        {
            var key = new StringBuilder();
            key.Append(CultureInfo.InvariantCulture,
                $"zone={TimeZone};currency={Currency};inactivity={InactivityDays};purchases={PurchaseSource};stuck={StuckDays}");
            key.Append(CultureInfo.InvariantCulture, $";bypass={BypassActivities}");
            foreach (var (kind, fields) in RequiredFields.OrderBy(f => f.Key, StringComparer.Ordinal))
                key.Append(CultureInfo.InvariantCulture, $";fields={Quoted(kind)}:").AppendJoin(',', fields.Select(Quoted));
            foreach (var (pipeline, stages) in Pipelines.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                key.Append(CultureInfo.InvariantCulture, $";pipeline={Quoted(pipeline)}");
                foreach (var stage in stages)
                    key.Append(CultureInfo.InvariantCulture, $",{Quoted(stage.Id)}:{stage.Semantic}:{stage.StuckDays}");
            }
            if (Calendar is not { } calendar)
                return key.ToString();
            key.Append(";days=").AppendJoin(',', calendar.Days.Select(d => d is { } day
                ? string.Create(CultureInfo.InvariantCulture, $"{day.FromMinute}-{day.ToMinute}") : "off"));
            key.Append(";holidays=").AppendJoin(',', calendar.Holidays.Order().Select(h => h.DayNumber));
            return key.ToString();
        }
    }

    /// <summary>
    /// The place and definition of a stage: in its pipeline, or, when the pipeline is not known, in the first by id that
    /// has the stage. (−1, null) when it is not defined.
    /// </summary>
    public (int Order, StageDefinition? Definition) FindStage(string? pipeline, string? stage)
    {
        if (stage is null || Pipelines.Count == 0)
            return (-1, null);
        if (pipeline is not null)
            return Pipelines.TryGetValue(pipeline, out var stages) ? FindStage(stages, stage) : (-1, null);
        (int Order, StageDefinition? Definition) found = (-1, null);
        string? holder = null;
        foreach (var (id, candidates) in Pipelines)
        {
            if (holder is not null && string.CompareOrdinal(id, holder) > 0)
                continue;
            if (FindStage(candidates, stage) is { Definition: not null } here)
                (found, holder) = (here, id);
        }
        return found;
    }

    private static (int Order, StageDefinition? Definition) FindStage(IReadOnlyList<StageDefinition> stages, string stage)
    {
        for (var i = 0; i < stages.Count; i++)
            if (stages[i].Id == stage)
                return (i, stages[i]);
        return (-1, null);
    }

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}

/// <summary>Working time of a tenant.</summary>
/// <param name="Days">Per day of week (Sunday = 0) the start and end minute of the working time; null = day off.</param>
/// <param name="Holidays">Local days without work.</param>
public sealed record WorkingCalendar(
    IReadOnlyList<(int FromMinute, int ToMinute)?> Days, IReadOnlySet<DateOnly> Holidays);
