using System.Text.Json;
using CrmKpi.Domain.Settings;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Explain;

/// <summary>The settings that an explained value depends on, in the form that <c>PUT /v1/tenants/{tenant}</c> reads.</summary>
internal static class SettingsUsedJson
{
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static void Write(Utf8JsonWriter json, IReadOnlyList<string> names, TenantSettings settings)
    {
        json.WriteStartObject("settings");
        foreach (var name in names)
        {
            json.WritePropertyName(name);
            Write(json, name, settings);
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, TenantSettings settings)
    {
        switch (name)
        {
            case "timeZone": json.WriteStringValue(settings.TimeZone); break;
            case "currency": json.WriteStringValue(settings.Currency); break;
            case "inactivityDays": json.WriteNumberValue(settings.InactivityDays); break;
            case "purchaseSource": json.WriteStringValue(settings.PurchaseSource.ToString().ToLowerInvariant()); break;
            case "stuckDays": json.WriteNumberValue(settings.StuckDays); break;
            case "bypassActivities": json.WriteNumberValue(settings.BypassActivities); break;
            case "crmLaunched": json.WriteStringValue(settings.CrmLaunched is { } day ? JsonAnswer.Day(day) : null); break;
            case "cacCategories": WriteTexts(json, settings.CacCategories); break;
            case "pipelines": WritePipelines(json, settings); break;
            case "calendar": WriteCalendar(json, settings.Calendar); break;
            case "requiredFields": WriteFields(json, settings); break;
            default: throw new ArgumentOutOfRangeException(nameof(name), name, "No such setting.");
        }
    }

    private static void WritePipelines(Utf8JsonWriter json, TenantSettings settings)
    {
        json.WriteStartArray();
        foreach (var (id, stages) in settings.Pipelines.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteStartArray("stages");
            foreach (var stage in stages)
            {
                json.WriteStartObject();
                json.WriteString("id", stage.Id);
                json.WriteString("semantic", stage.Semantic.ToString().ToLowerInvariant());
                if (stage.StuckDays is { } days)
                    json.WriteNumber("stuckDays", days);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteCalendar(Utf8JsonWriter json, WorkingCalendar? calendar)
    {
        if (calendar is null)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        json.WriteStartObject("workingHours");
        foreach (var (i, hours) in calendar.Days.Index())
        {
            if (hours is not { } day)
                continue;
            json.WriteStartObject(Days[i]);
            json.WriteString("from", TimeOfDay(day.FromMinute));
            json.WriteString("to", TimeOfDay(day.ToMinute));
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WritePropertyName("holidays");
        WriteTexts(json, [.. calendar.Holidays.Order().Select(JsonAnswer.Day)]);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, TenantSettings settings)
    {
        json.WriteStartObject();
        foreach (var (kind, fields) in settings.RequiredFields.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            json.WritePropertyName(kind);
            WriteTexts(json, fields);
        }
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, IReadOnlyList<string> texts)
    {
        json.WriteStartArray();
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static string TimeOfDay(int minute) => $"{minute / 60:00}:{minute % 60:00}";
}
