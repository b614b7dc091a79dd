using System.Text.Json;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.Tenants;

namespace CrmKpi.Ingestion.Cloning;

/// <summary>The body of <c>POST /v1/tenants/{tenant}/clone</c>.</summary>
/// <param name="Settings">The names of the settings to copy.</param>
internal sealed record CloneRequest(string From, bool Kpis, bool Targets, IReadOnlyList<string> Settings)
{
    public const string KpisPart = "kpis";
    public const string TargetsPart = "targets";
    public const string SettingsPart = "settings";

    // What makes a tenant that tenant: copied only when it is named. The name itself never is.
    private static readonly string[] Particular = ["timeZone", "currency", "locale", "crm", "industry"];

    private static readonly string[] Shared =
        [.. SetupShape.Settings.Except([.. Particular, "name"]), SettingsClone.Pipelines, "calendar"];

    private static readonly string[] Parts = [KpisPart, TargetsPart, SettingsPart, .. Particular];

    /// <summary>All that is copied, by name.</summary>
    public IEnumerable<string> What =>
        new[] { Kpis ? KpisPart : null, Targets ? TargetsPart : null }.OfType<string>().Concat(Settings);

    /// <summary>Reads and checks it; throws 400 with the place.</summary>
    public static CloneRequest Read(JsonElement body, string tenant)
    {
        JsonBody.RequireOnly(body, "from", "what");
        if (!body.TryGetProperty("from", out var from) || from.ValueKind != JsonValueKind.String)
            throw JsonBody.Invalid("missing_field", "'from' is required: the tenant to copy from.", "/from");
        if (from.GetString() == tenant)
            throw JsonBody.Invalid("out_of_range", "'from' must be another tenant.", "/from");
        var what = JsonBody.Texts(body, "what") ?? [KpisPart, TargetsPart, SettingsPart];
        if (what.Count == 0)
            throw JsonBody.Invalid("missing_field", "'what' names at least one part.", "/what", Parts);
        foreach (var (i, part) in what.Index())
            if (!Parts.Contains(part, StringComparer.Ordinal))
                throw JsonBody.Invalid("unknown_value", $"'{part}' cannot be copied.", $"/what/{i}", Parts);
        return new CloneRequest(
            from.GetString()!, what.Contains(KpisPart), what.Contains(TargetsPart),
            [.. what.Contains(SettingsPart) ? Shared : [], .. Particular.Where(p => what.Contains(p))]);
    }
}
