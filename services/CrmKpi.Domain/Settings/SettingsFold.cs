using System.Text;
using System.Text.Json;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Settings;

/// <summary>
/// The fold of the <c>tenant</c> stream: order-insensitive, stored with each generation. WARNING: the field names, and the
/// order in <see cref="Serialize"/>, are a storage format. Values that the door would refuse are passed over, so that
/// a setting is always one that the folds can work with.
/// </summary>
public sealed class SettingsFold
{
    private const byte FormatVersion = 2;

    // The first format had this many single values, and no goals: a generation of earlier rules is read until a new one is built.
    private const byte FirstFormat = 1;
    private const int FirstKeys = 13;

    // The single values, in the order of the storage format.
    private static readonly string[] Keys =
    [
        "name", "timeZone", "currency", "locale", "crm", "industry", "inactivityDays", "purchaseSource", "stuckDays",
        "fiscalYearStartMonth", "cacCategories", "workingHours", "holidays", "bypassActivities", "requiredFields",
    ];

    private readonly LastWriterWins<string>[] _values = new LastWriterWins<string>[Keys.Length];
    private readonly SortedDictionary<string, LastWriterWins<string>> _pipelines = new(StringComparer.Ordinal);
    private LastWriterWins<Period> _baseline;
    private LastWriterWins<long> _launched;
    private TargetsFold _targets = new();
    private TenantSettings? _settings;

    /// <summary>The settings now.</summary>
    public TenantSettings Settings => _settings ??= Build();

    /// <summary>True when the event belongs to the settings; a rate of exchange is a fact.</summary>
    public static bool Handles(LogEvent e) => e.Stream == EventType.Tenant && e.Type != EventTypes.FxRateSet;

    /// <summary>Applies an event; seen or older ones change nothing, and types without effect are passed over.</summary>
    public void Apply(LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        var changed = e.Type switch
        {
            "tenant.pipeline_defined" => ApplyPipeline(fields, e),
            "tenant.registered" or "tenant.settings_changed" or "tenant.calendar_set" => ApplyValues(fields, e),
            "tenant.baseline_set" => GoalRules.Baseline(fields) is { } period && _baseline.Set(period, e.TimeMicros, e.Sequence),
            "tenant.crm_launched" => GoalRules.Day(fields, "date"u8) is { } day && _launched.Set(day, e.TimeMicros, e.Sequence),
            "tenant.target_set" => TargetSet.Of(fields) is { } set && _targets.Add(set, e.TimeMicros, e.Sequence),
            _ => false,
        };
        if (changed)
            _settings = null;
    }

    private bool ApplyPipeline(in JsonFields fields, LogEvent e)
    {
        if (fields.Text("pipeline"u8) is not { } pipeline || fields.Nested("stages"u8) is not { IsEmpty: false } stages)
            return false;
        var held = _pipelines.GetValueOrDefault(pipeline);
        if (!held.Set(Encoding.UTF8.GetString(stages), e.TimeMicros, e.Sequence))
            return false;
        _pipelines[pipeline] = held;
        return true;
    }

    private bool ApplyValues(in JsonFields fields, LogEvent e)
    {
        var changed = false;
        for (var i = 0; i < Keys.Length; i++)
        {
            var isCalendar = Keys[i] is "workingHours" or "holidays";
            if ((isCalendar && e.Type != "tenant.calendar_set") || ValueOf(fields, Keys[i]) is not { } value)
                continue;
            changed |= _values[i].Set(value, e.TimeMicros, e.Sequence);
        }
        return changed;
    }

    /// <summary>The fold as compact bytes, with a format version in front; canonical.</summary>
    public byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        foreach (var value in _values)
            writer.Attribute(value);
        writer.Count(_pipelines.Count);
        foreach (var (pipeline, stages) in _pipelines)
        {
            writer.Text(pipeline);
            writer.Attribute(stages);
        }
        writer.Attribute(_baseline, static (w, period) =>
        {
            w.Signed(period.From);
            w.Signed(period.To);
        });
        writer.Attribute(_launched);
        _targets.Write(writer);
        return writer.End();
    }

    /// <summary>Reads what <see cref="Serialize"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are of another format version, or damaged.</exception>
    public static SettingsFold Deserialize(ReadOnlySpan<byte> bytes)
    {
        var isFirst = bytes is [FirstFormat, ..];
        var reader = new StateReader(bytes, isFirst ? FirstFormat : FormatVersion);
        var fold = new SettingsFold();
        for (var i = 0; i < (isFirst ? FirstKeys : Keys.Length); i++)
            fold._values[i] = reader.TextAttribute();
        for (var count = reader.Count(); count > 0; count--)
            fold._pipelines.Add(reader.Text()!, reader.TextAttribute());
        if (!isFirst)
        {
            if (reader.Flag())
            {
                var (time, sequence) = reader.Stamp();
                fold._baseline.Set(new Period((int)reader.Signed(), (int)reader.Signed()), time, sequence);
            }
            fold._launched = reader.NumberAttribute();
            fold._targets = TargetsFold.Read(ref reader);
        }
        reader.End();
        return fold;
    }

    // The value of a key as text (lists and objects as their JSON); null when it is absent or out of bounds.
    private static string? ValueOf(in JsonFields fields, string key)
    {
        var name = Encoding.UTF8.GetBytes(key);
        switch (key)
        {
            case "inactivityDays":
                return Within(fields.Integer(name), TenantSettings.InactivityDaysMin, TenantSettings.InactivityDaysMax);
            case "stuckDays":
                return Within(fields.Integer(name), 1, EventTypes.StuckDaysMax);
            case "bypassActivities":
                return Within(fields.Integer(name), 1, EventTypes.BypassActivitiesMax);
            case "fiscalYearStartMonth":
                return Within(fields.Integer(name), 1, 12);
            case "cacCategories" or "workingHours" or "holidays" or "requiredFields":
                return fields.Nested(name) is { IsEmpty: false } json ? Encoding.UTF8.GetString(json) : null;
            case "timeZone":
                return fields.Text(name) is { } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? zone : null;
            case "currency":
                return fields.Text(name) is { } code && Money.IsCurrency(Encoding.UTF8.GetBytes(code)) ? code : null;
            case "purchaseSource":
                return fields.Text(name) is "deals" or "payments" ? fields.Text(name) : null;
            default:
                return fields.Text(name);
        }
    }

    private static string? Within(long? value, int min, int max) =>
        value >= min && value <= max ? value.Value.ToString(System.Globalization.CultureInfo.InvariantCulture) : null;

    private TenantSettings Build()
    {
        var defaults = new TenantSettings();
        return new TenantSettings
        {
            Name = Text("name") ?? defaults.Name,
            TimeZone = Text("timeZone") ?? defaults.TimeZone,
            Currency = Text("currency") ?? defaults.Currency,
            Locale = Text("locale") ?? defaults.Locale,
            Crm = Text("crm"),
            Industry = Text("industry"),
            InactivityDays = Number("inactivityDays") ?? defaults.InactivityDays,
            PurchaseSource = Text("purchaseSource") == "payments" ? PurchaseSource.Payments : PurchaseSource.Deals,
            StuckDays = Number("stuckDays") ?? defaults.StuckDays,
            FiscalYearStartMonth = Number("fiscalYearStartMonth") ?? defaults.FiscalYearStartMonth,
            CacCategories = Text("cacCategories") is { } json ? Strings(json) : defaults.CacCategories,
            BypassActivities = Number("bypassActivities") ?? defaults.BypassActivities,
            RequiredFields = Text("requiredFields") is { } required ? FieldLists(required) : defaults.RequiredFields,
            Calendar = BuildCalendar(),
            Pipelines = _pipelines.ToDictionary(p => p.Key, p => Stages(p.Value.Value)),
            Baseline = _baseline.IsSet ? _baseline.Value : null,
            CrmLaunched = _launched.IsSet ? DateOnly.FromDayNumber((int)_launched.Value) : null,
            TargetHistory = _targets.History(Text("timeZone") ?? defaults.TimeZone),
        };
    }

    private string? Text(string key) => _values[Array.IndexOf(Keys, key)].Value;

    private int? Number(string key) =>
        Text(key) is { } text ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : null;

    private WorkingCalendar? BuildCalendar()
    {
        var (hours, holidays) = (Text("workingHours"), Text("holidays"));
        if (hours is null && holidays is null)
            return null;
        var days = new (int, int)?[7];
        string[] names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        using var json = hours is null ? null : JsonDocument.Parse(hours);
        for (var i = 0; i < 7; i++)
        {
            if (json is null)
                days[i] = (0, 1_440);
            else if (json.RootElement.TryGetProperty(names[i], out var day) && day.ValueKind == JsonValueKind.Object
                && Minute(day, "from") is { } from && Minute(day, "to") is { } to && from < to)
                days[i] = (from, to);
        }
        var off = new HashSet<DateOnly>();
        foreach (var text in holidays is null ? [] : Strings(holidays))
            if (Rfc3339.TryParseDay(Encoding.UTF8.GetBytes(text), out var day))
                off.Add(DateOnly.FromDayNumber(day));
        return new WorkingCalendar(days, off);
    }

    private static int? Minute(JsonElement day, string name) =>
        day.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
        && Rfc3339.TryParseTimeOfDay(Encoding.UTF8.GetBytes(value.GetString()!), out var minutes) ? minutes : null;

    private static List<string> Strings(string list)
    {
        using var json = JsonDocument.Parse(list);
        return json.RootElement.ValueKind != JsonValueKind.Array ? [] :
            [.. json.RootElement.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)];
    }

    // { "lead": ["phone", "email"], … }: sorted, each once.
    private static IReadOnlyDictionary<string, IReadOnlyList<string>> FieldLists(string map)
    {
        using var json = JsonDocument.Parse(map);
        var lists = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (json.RootElement.ValueKind == JsonValueKind.Object)
            foreach (var kind in json.RootElement.EnumerateObject())
                lists[kind.Name] = [.. new SortedSet<string>(Strings(kind.Value.GetRawText()), StringComparer.Ordinal)];
        return lists;
    }

    private static IReadOnlyList<StageDefinition> Stages(string list)
    {
        using var json = JsonDocument.Parse(list);
        var stages = new List<StageDefinition>();
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            return stages;
        foreach (var each in json.RootElement.EnumerateArray())
        {
            var fields = new JsonFields(Encoding.UTF8.GetBytes(each.GetRawText()));
            if (fields.Text("id"u8) is not { } id)
                continue;
            var semantic = fields.Text("semantic"u8) switch
            {
                "success" => StageSemantic.Success,
                "failure" => StageSemantic.Failure,
                _ => StageSemantic.Open,
            };
            var stuckDays = fields.Integer("stuckDays"u8) is >= 1 and <= EventTypes.StuckDaysMax and var days ? (int?)days : null;
            stages.Add(new StageDefinition(id, fields.Text("name"u8) ?? id, semantic, stuckDays));
        }
        return stages;
    }
}
