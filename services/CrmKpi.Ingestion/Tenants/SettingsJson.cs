using System.Buffers;
using System.Globalization;
using System.Text.Json;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Ingestion.Tenants;

/// <summary>Settings as JSON, in the form that <c>PUT /v1/tenants/{tenant}</c> reads.</summary>
internal static class SettingsJson
{
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>The same settings give the same bytes, so they can be compared.</summary>
    public static byte[] Bytes(TenantSettings settings)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
            Write(json, settings);
        return bytes.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter json, TenantSettings settings)
    {
        json.WriteStartObject();
        json.WriteString("name", settings.Name);
        json.WriteString("crm", settings.Crm);
        json.WriteString("industry", settings.Industry);
        json.WriteString("timeZone", settings.TimeZone);
        json.WriteString("currency", settings.Currency);
        json.WriteString("locale", settings.Locale);
        json.WriteNumber("inactivityDays", settings.InactivityDays);
        json.WriteString("purchaseSource", settings.PurchaseSource.ToString().ToLowerInvariant());
        json.WriteNumber("stuckDays", settings.StuckDays);
        json.WriteNumber("fiscalYearStartMonth", settings.FiscalYearStartMonth);
        json.WriteStartArray("cacCategories");
        foreach (var category in settings.CacCategories)
            json.WriteStringValue(category);
        json.WriteEndArray();
        json.WriteString("crmLaunched", settings.CrmLaunched?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        WritePipelines(json, settings);
        WriteCalendar(json, settings.Calendar);
        json.WriteEndObject();
    }

    private static void WritePipelines(Utf8JsonWriter json, TenantSettings settings)
    {
        json.WriteStartArray("pipelines");
        foreach (var (id, stages) in settings.Pipelines.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteStartArray("stages");
            foreach (var stage in stages)
            {
                json.WriteStartObject();
                json.WriteString("id", stage.Id);
                json.WriteString("name", stage.Name);
                json.WriteString("semantic", stage.Semantic.ToString().ToLowerInvariant());
                if (stage.StuckDays is { } stuck)
                    json.WriteNumber("stuckDays", stuck);
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
            json.WriteNull("calendar");
            return;
        }
        json.WriteStartObject("calendar");
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
        json.WriteStartArray("holidays");
        foreach (var day in calendar.Holidays.Order())
            json.WriteStringValue(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string TimeOfDay(int minute) => $"{minute / 60:00}:{minute % 60:00}";
}
