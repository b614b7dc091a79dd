using CrmKpi.Domain.Events;

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

    /// <summary>A canonical text of the settings that change how the past is counted.</summary>
    public string CountingKey => throw new NotImplementedException();
}

/// <summary>Working time of a tenant.</summary>
/// <param name="Days">Per day of week (Sunday = 0) the start and end minute of the working time; null = day off.</param>
/// <param name="Holidays">Local days without work.</param>
public sealed record WorkingCalendar(
    IReadOnlyList<(int FromMinute, int ToMinute)?> Days, IReadOnlySet<DateOnly> Holidays);

/// <summary>The fold of the <c>tenant</c> stream: order-insensitive, stored with each generation.</summary>
public sealed class SettingsFold
{
    /// <summary>The settings now.</summary>
    public TenantSettings Settings => throw new NotImplementedException();

    /// <summary>True when the event belongs to the settings.</summary>
    public static bool Handles(LogEvent e) => e.Stream == "tenant";

    /// <summary>Applies an event; seen or older ones change nothing.</summary>
    public void Apply(LogEvent e) => throw new NotImplementedException();

    public byte[] Serialize() => throw new NotImplementedException();

    public static SettingsFold Deserialize(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();
}
