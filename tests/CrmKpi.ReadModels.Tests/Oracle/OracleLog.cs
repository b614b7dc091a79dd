using System.Globalization;
using System.Text.Json;
using CrmKpi.EventLog;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>An event of the log, read with nothing of the product's own code.</summary>
internal sealed record OracleEvent(long Sequence, string Type, string Stream, DateTime At, JsonElement Data)
{
    public string Kind => Stream.Split('/')[0];
    public string Id => Stream[(Stream.IndexOf('/', StringComparison.Ordinal) + 1)..];

    public string? Text(string name) =>
        Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text : null;

    public bool Flag(string name) => Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public decimal? Number(string name) =>
        Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDecimal() : null;

    public int? DayOf(string name) => Text(name) is { } text
        ? DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture).DayNumber : null;

    public OracleMoney? Money(string name)
    {
        if (!Data.TryGetProperty(name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            return new OracleMoney(Decimal(value), null);
        return new OracleMoney(Decimal(value.GetProperty("amount")), value.TryGetProperty("currency", out var c) ? c.GetString() : null);
    }

    private static decimal Decimal(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? decimal.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetDecimal();
}

internal readonly record struct OracleMoney(decimal Amount, string? Currency);

/// <summary>All events of a tenant and what the oracle needs of its calendar and rates, as plainly as possible.</summary>
internal sealed class OracleLog
{
    private readonly TimeZoneInfo _zone;
    private readonly ILookup<string, IReadOnlyList<OracleEvent>> _kinds;
    private readonly Dictionary<DateTime, int> _days = [];
    private readonly Dictionary<string, SortedDictionary<int, (decimal Rate, DateTime At, bool Direct)>> _rates = [];

    private OracleLog(GeneratedTenant tenant, List<OracleEvent> events)
    {
        Tenant = tenant;
        Events = events;
        _zone = TimeZoneInfo.FindSystemTimeZoneById(tenant.Zone);
        Streams = events.GroupBy(e => e.Stream).ToDictionary(
            g => g.Key, g => (IReadOnlyList<OracleEvent>)[.. g.OrderBy(e => e.At).ThenBy(e => e.Sequence)]);
        _kinds = Streams.Values.ToLookup(s => s[0].Kind);
        foreach (var e in events.Where(e => e.Type == "fx.rate_set").OrderBy(e => e.At).ThenBy(e => e.Sequence))
            AddRate(e.DayOf("day")!.Value, e.Text("from")!, e.Text("to")!, e.Number("rate")!.Value, e.At);
    }

    public GeneratedTenant Tenant { get; }
    public IReadOnlyList<OracleEvent> Events { get; }

    /// <summary>The events of each stream by time.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<OracleEvent>> Streams { get; }

    public static async Task<OracleLog> Read(EventLog.EventLog log, string tenant, GeneratedTenant generated)
    {
        var events = new List<OracleEvent>();
        await foreach (var page in log.Pages(tenant, 0))
            events.AddRange(page.Select(Parse));
        return new OracleLog(generated, events);
    }

    /// <summary>The streams of a kind.</summary>
    public IEnumerable<IReadOnlyList<OracleEvent>> Of(string kind) => _kinds[kind];

    /// <summary>The local day.</summary>
    public int Day(DateTime utc)
    {
        if (!_days.TryGetValue(utc, out var day))
            _days.Add(utc, day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(utc, _zone)).DayNumber);
        return day;
    }

    /// <summary>The beginning of a local day.</summary>
    public DateTime StartOf(int day)
    {
        var local = DateOnly.FromDayNumber(day).ToDateTime(TimeOnly.MinValue);
        while (_zone.IsInvalidTime(local))
            local = local.AddMinutes(15);
        return _zone.IsAmbiguousTime(local)
            ? DateTime.SpecifyKind(local - _zone.GetAmbiguousTimeOffsets(local).Max(), DateTimeKind.Utc)
            : TimeZoneInfo.ConvertTimeToUtc(local, _zone);
    }

    public bool IsWorkingDay(int day)
    {
        var date = DateOnly.FromDayNumber(day);
        return date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && date is not { Month: 5, Day: 1 };
    }

    /// <summary>Minutes between two points in time that lie between nine and six on working days.</summary>
    public double WorkingMinutes(DateTime from, DateTime to)
    {
        var minutes = 0.0;
        for (var day = Day(from); day <= Day(to); day++)
        {
            if (!IsWorkingDay(day))
                continue;
            var date = DateOnly.FromDayNumber(day);
            var open = TimeZoneInfo.ConvertTimeToUtc(date.ToDateTime(new TimeOnly(9, 0)), _zone);
            var close = TimeZoneInfo.ConvertTimeToUtc(date.ToDateTime(new TimeOnly(18, 0)), _zone);
            var (start, end) = (open > from ? open : from, close < to ? close : to);
            if (end > start)
                minutes += (end - start).TotalMinutes;
        }
        return minutes;
    }

    /// <summary>An amount in the tenant's currency at the rate of a day, or the last one up to ten days before.</summary>
    public decimal? Convert(OracleMoney? money, int day)
    {
        if (money is not { } m)
            return 0;
        if (m.Currency is null || m.Currency == GeneratedTenant.Currency)
            return m.Amount;
        if (!_rates.TryGetValue(m.Currency, out var days))
            return null;
        for (var d = day; d >= day - 10; d--)
            if (days.TryGetValue(d, out var rate))
                return rate.Direct ? m.Amount * rate.Rate : m.Amount / rate.Rate;
        return null;
    }

    private void AddRate(int day, string from, string to, decimal rate, DateTime at)
    {
        var direct = to == GeneratedTenant.Currency;
        if (!direct && from != GeneratedTenant.Currency)
            return;
        var currency = direct ? from : to;
        if (!_rates.TryGetValue(currency, out var days))
            _rates.Add(currency, days = []);
        days[day] = (rate, at, direct);
    }

    private static OracleEvent Parse(StoredEvent e) => new(
        e.Sequence, e.Type, e.StreamId, e.OccurredAt.UtcDateTime, JsonDocument.Parse(e.Data).RootElement);
}
