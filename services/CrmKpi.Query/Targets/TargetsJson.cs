using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Targets;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Targets;

/// <summary>Targets as JSON.</summary>
internal static class TargetsJson
{
    public static byte[] Write(
        CubeSnapshot snapshot, DateOnly today, IReadOnlyList<(Target Target, TargetStatus? Status)> targets, Language language,
        string? nextPage) =>
        JsonAnswer.Write(snapshot, TargetStatus.PeriodOf(today), json =>
        {
            var settings = snapshot.Settings;
            if (settings.Baseline is { } baseline)
            {
                json.WriteStartObject("baseline");
                json.WritePeriod(baseline);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("baseline");
            }
            json.WriteString("crmLaunched", settings.CrmLaunched is { } day ? JsonAnswer.Day(day) : null);
            json.WriteStartArray("targets");
            foreach (var (target, status) in targets)
                WriteTarget(json, target, status, settings, language);
            json.WriteEndArray();
            json.WriteString("nextPage", nextPage);
        });

    private static void WriteTarget(
        Utf8JsonWriter json, Target target, TargetStatus? status, TenantSettings settings, Language language)
    {
        json.WriteStartObject();
        json.WriteString("kpi", target.Kpi);
        json.WriteStartObject("filters");
        foreach (var filter in target.Filters)
        {
            json.WriteStartArray(DimensionSet.NameOf(filter.Dimension));
            foreach (var value in filter.Values)
                json.WriteStringValue(value ?? DimensionSet.Blank);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteString("due", JsonAnswer.Day(target.Due));
        WriteSet(json, target, status?.Line);
        json.WriteBoolean("known", status is not null);
        if (status is not null)
            WriteStatus(json, status, language);
        json.WriteStartArray("history");
        foreach (var set in settings.TargetHistory.Where(t => t.Key == target.Key))
        {
            json.WriteStartObject();
            WriteSet(json, set, null);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // What one set said, and when. The start of a line is the one worked with.
    private static void WriteSet(Utf8JsonWriter json, Target target, TargetLine? line)
    {
        json.WriteExact("target", target.Value);
        json.WriteString("path", Target.PathNames[(int)target.Path]);
        if (line is null or { IsPerTime: true })
            json.WriteString("per", Target.PerNames[(int)target.Per]);
        json.WriteString("from", JsonAnswer.Day(target.From));
        json.WriteValue("start", line is null ? target.Start : line.Start);
        json.WriteString("setAt", JsonAnswer.Instant(target.SetAt));
        json.WriteNumber("sequence", target.Sequence);
    }

    private static void WriteStatus(Utf8JsonWriter json, TargetStatus status, Language language)
    {
        var kpi = status.Line.Output.Kpi;
        json.WriteString("name", kpi.Name.In(language));
        json.WriteString("unit", kpi.Unit.Code());
        json.WriteString("better", kpi.Better == Better.Up ? "up" : "down");
        json.WriteValue("expected", status.Expected);
        json.WriteValue("value", status.Value);
        json.WriteValue("attainment", status.Attainment);
        json.WriteValue("attainmentOfTarget", status.AttainmentOfTarget);
        if (status.Forecast is not { } forecast)
        {
            json.WriteNull("forecast");
            return;
        }
        json.WriteStartObject("forecast");
        json.WriteValue("value", forecast.Value);
        json.WriteValue("attainment", forecast.Attainment);
        json.WriteString("grain", Grains.NameOf(forecast.Grain));
        json.WriteNumber("n", forecast.N);
        if (forecast.RSquared is { } share)
            json.WriteNumber("rSquared", Math.Round(share, 10));
        else
            json.WriteNull("rSquared");
        json.WriteEndObject();
    }
}
