using System.Globalization;
using System.Text;
using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Domain.Kpis.Targets;
using CrmKpi.Domain.Settings;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.Events;
using CrmKpi.Ingestion.Tenants;

namespace CrmKpi.Ingestion.Goals;

/// <summary>A target as the body says it, and the event that it becomes.</summary>
/// <param name="IsFromGiven">Whether the body says when the path begins.</param>
internal sealed record WantedTarget(SetupPart Part, Target Target, bool IsFromGiven)
{
    /// <summary>Whether the settings hold another value, path, start or unit of time for it, or nothing yet.</summary>
    public bool Differs(SettingsStream stream, DateTimeOffset at)
    {
        // As the event would be read at its time: without 'from' its path begins on that day.
        var wanted = stream.After(Part.ToEvent(stream.Version, at).Event!).TargetHistory[^1];
        return stream.Fold.Settings.Targets.FirstOrDefault(t => t.Key == wanted.Key) is not { } held
            || (held.Value, held.Path, held.Per, held.Start) != (wanted.Value, wanted.Path, wanted.Per, wanted.Start)
            || (IsFromGiven && held.From != wanted.From);
    }
}

/// <summary>The body of <c>PUT …/targets</c>: one target, or a list of them, as <c>tenant.target_set</c>.</summary>
internal static class TargetsBody
{
    /// <summary>The most targets of one request.</summary>
    public const int TargetsMax = 100;

    private static readonly string[] Names = ["kpi", "value", "due", "filters", "path", "per", "from", "start"];

    /// <summary>The targets; throws 400 with the place of the first that is wrong.</summary>
    public static IReadOnlyList<WantedTarget> Parts(JsonElement body, KpiSet kpis, DateTimeOffset now)
    {
        if (body.ValueKind != JsonValueKind.Array)
            return [Read(body, "", kpis, now)];
        if (body.GetArrayLength() is 0 or > TargetsMax)
            throw JsonBody.Invalid(
                "too_large", $"A list must hold 1 to {TargetsMax} targets; it holds {body.GetArrayLength()}.", "");
        List<WantedTarget> targets = [.. body.EnumerateArray().Index().Select(t => Read(t.Item, $"/{t.Index}", kpis, now))];
        if (targets.GroupBy(t => t.Target.Key).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw JsonBody.Invalid(
                "duplicate_key", $"Two targets of the list are for '{twice.Key.Kpi}', the same filters and the same due day.",
                twice.Last().Part.Pointer);
        return targets;
    }

    private static WantedTarget Read(JsonElement body, string pointer, KpiSet kpis, DateTimeOffset now)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw JsonBody.Invalid("wrong_type", "A target must be a JSON object.", pointer);
        foreach (var property in body.EnumerateObject())
            if (!Names.Contains(property.Name))
                throw JsonBody.Invalid(
                    "unknown_property", $"'{property.Name}' is not known here.", $"{pointer}/{property.Name}", Names);
        var part = new SetupPart("tenant.target_set", Encoding.UTF8.GetBytes(body.GetRawText()), pointer);
        var parsed = part.ToEvent(0, now);
        if (parsed.Problems is [var first, ..] problems)
            throw JsonBody.Invalid(first.Code, IntakeChunk.Summary(problems).Detail, part.PointerOf(first));

        var target = new SettingsStream(new SettingsFold(), 0, now).After(parsed.Event!).TargetHistory[^1];
        RequireFit(target, kpis, pointer);
        var isFromGiven = body.TryGetProperty("from", out var from) && from.ValueKind != JsonValueKind.Null;
        return new WantedTarget(part, target, isFromGiven);
    }

    private static void RequireFit(Target target, KpiSet kpis, string pointer)
    {
        if (kpis.Resolve(target.Kpi) is not { } output)
            throw JsonBody.Invalid(
                "unknown_kpi", $"There is no KPI '{target.Kpi}'; GET /v1/kpis lists them.", $"{pointer}/kpi",
                [.. kpis.Ids]);
        foreach (var filter in target.Filters)
            if ((output.Kpi.Dimensions & filter.Dimension) == 0)
                throw JsonBody.Invalid(
                    "unknown_value", $"'{target.Kpi}' has no dimension '{DimensionSet.NameOf(filter.Dimension)}'.",
                    $"{pointer}/filters/{DimensionSet.NameOf(filter.Dimension)}",
                    [.. DimensionSet.Names.Where(n => (output.Kpi.Dimensions & DimensionSet.Parse(n)) != 0)]);
        foreach (var (name, value) in new[] { ("value", target.Value), ("start", target.Start ?? target.Value) })
            if (!TargetValue.Fits(output, value))
                throw JsonBody.Invalid(
                    "out_of_range",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"'{target.Kpi}' cannot be {value}: it lies {Range(TargetValue.RangeOf(output))}."),
                    $"{pointer}/{name}");
    }

    private static string Range((decimal? Low, decimal? High) range) =>
        range.High is { } high
            ? string.Create(CultureInfo.InvariantCulture, $"between {range.Low} and {high}")
            : string.Create(CultureInfo.InvariantCulture, $"at {range.Low} or above");
}
