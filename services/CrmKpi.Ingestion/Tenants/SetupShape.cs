using System.Text.Json;

namespace CrmKpi.Ingestion.Tenants;

/// <summary>
/// The names that the body of <c>PUT /v1/tenants/{tenant}</c> may hold. What is under them is checked as the settings events that
/// it becomes; a name that no event has would be lost silently, so it is refused here.
/// </summary>
internal sealed class SetupShape
{
    /// <summary>The settings that are one value each: names of <c>tenant.settings_changed</c>.</summary>
    public static readonly IReadOnlyList<string> Settings =
    [
        "name", "crm", "industry", "timeZone", "currency", "locale", "inactivityDays", "purchaseSource", "stuckDays",
        "fiscalYearStartMonth", "cacCategories",
    ];

    private static readonly SetupShape Value = new();

    private static readonly SetupShape Stage = Of("id", "name", "semantic", "stuckDays");

    private static readonly SetupShape Pipeline = new()
    {
        Names = new() { ["id"] = Value, ["name"] = Value, ["stages"] = new() { Element = Stage } },
    };

    private static readonly SetupShape WorkingHours = new()
    {
        Names = new[] { "sun", "mon", "tue", "wed", "thu", "fri", "sat" }.ToDictionary(d => d, _ => Of("from", "to")),
    };

    private static readonly SetupShape Calendar = new()
    {
        Names = new() { ["workingHours"] = WorkingHours, ["holidays"] = Value },
    };

    private static readonly SetupShape Root = new()
    {
        Names = new(Settings.Select(s => KeyValuePair.Create(s, Value)))
        {
            ["pipelines"] = new() { Element = Pipeline },
            ["calendar"] = Calendar,
            ["crmLaunched"] = Value,
        },
    };

    private Dictionary<string, SetupShape>? Names { get; init; }
    private SetupShape? Element { get; init; }

    /// <summary>The place and the allowed names of the first name that is not known; null when all are.</summary>
    public static (string Pointer, IReadOnlyList<string> Allowed)? Unknown(JsonElement body) => Root.Find(body, "");

    private (string, IReadOnlyList<string>)? Find(JsonElement json, string at)
    {
        if (Names is not null && json.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in json.EnumerateObject())
            {
                var pointer = $"{at}/{property.Name.Replace("~", "~0").Replace("/", "~1")}";
                if (!Names.TryGetValue(property.Name, out var shape))
                    return (pointer, [.. Names.Keys]);
                if (shape.Find(property.Value, pointer) is { } inner)
                    return inner;
            }
        }
        else if (Element is not null && json.ValueKind == JsonValueKind.Array)
        {
            foreach (var (i, element) in json.EnumerateArray().Index())
                if (Element.Find(element, $"{at}/{i}") is { } inner)
                    return inner;
        }
        return null;
    }

    private static SetupShape Of(params string[] names) => new() { Names = names.ToDictionary(n => n, _ => Value) };
}
