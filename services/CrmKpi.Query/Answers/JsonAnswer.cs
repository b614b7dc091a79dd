using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Statistics;

namespace CrmKpi.Query.Answers;

/// <summary>What all JSON answers share.</summary>
internal static class JsonAnswer
{
    /// <summary>Digits behind the point of values that are quotients.</summary>
    public const int ValueDigits = 10;

    private const int DigitsMax = 20;

    private static ReadOnlySpan<byte> LagPrefix => """{"lag":"""u8;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An answer: what stands for all of it, then what <paramref name="write"/> adds.</summary>
    public static byte[] Write(CubeSnapshot snapshot, Period period, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(body, Options))
        {
            json.WriteStartObject();
            json.WriteString("tenant", snapshot.Tenant);
            json.WriteNumber("sequence", snapshot.Sequence);
            json.WriteNumber("generation", snapshot.Generation);
            json.WriteNumber("rulesVersion", snapshot.RulesVersion);
            WriteAsOf(json, snapshot.AsOf);
            json.WriteString("currency", snapshot.Settings.Currency);
            json.WriteString("timeZone", snapshot.Settings.TimeZone);
            json.WritePeriod(period);
            write(json);
            json.WriteEndObject();
        }
        return body.WrittenSpan.ToArray();
    }

    /// <summary>
    /// What an answer says, without where it comes from: the part behind tenant, sequence and generation. Equal for equal values.
    /// </summary>
    public static ReadOnlySpan<byte> Content(byte[] body) => body.AsSpan(body.AsSpan().IndexOf("\"rulesVersion\""u8));

    /// <summary>The bytes of <see cref="WriteWithLag"/>.</summary>
    public static int LengthWithLag(byte[] body, long lag)
    {
        Span<byte> number = stackalloc byte[DigitsMax];
        Utf8Formatter.TryFormat(lag, number, out var digits);
        return LagPrefix.Length + digits + body.Length;
    }

    /// <summary>Writes an answer with the lag, the only thing that is not a function of the snapshot, in front.</summary>
    public static void WriteWithLag(IBufferWriter<byte> writer, byte[] body, long lag)
    {
        var span = writer.GetSpan(LagPrefix.Length + DigitsMax + body.Length);
        LagPrefix.CopyTo(span);
        Utf8Formatter.TryFormat(lag, span[LagPrefix.Length..], out var digits);
        span[LagPrefix.Length + digits] = (byte)',';
        body.AsSpan(1).CopyTo(span[(LagPrefix.Length + digits + 1)..]);
        writer.Advance(LagPrefix.Length + digits + body.Length);
    }

    private static void WriteAsOf(Utf8JsonWriter json, Domain.Cube.AsOf? asOf)
    {
        if (asOf is null)
            return;
        json.WriteStartObject("asOf");
        json.WriteNumber("sequence", asOf.Sequence);
        json.WriteString("recordedAt", asOf.RecordedAt is { } at ? Instant(at) : null);
        json.WriteEndObject();
    }

    public static void WritePeriod(this Utf8JsonWriter json, Period period)
    {
        json.WriteString("from", Day(period.FromDate));
        json.WriteString("to", Day(period.ToDate));
    }

    /// <summary>A computed value, rounded to ten digits behind the point; null = no data.</summary>
    public static void WriteValue(this Utf8JsonWriter json, string name, decimal? value) =>
        json.WriteExact(name, Rounded(value));

    /// <summary>A computed value as it is shown: with at most ten digits behind the point.</summary>
    public static decimal? Rounded(decimal? value) => value is { } v ? Normal(decimal.Round(v, ValueDigits)) : null;

    /// <summary>A number with all of its digits.</summary>
    public static void WriteExact(this Utf8JsonWriter json, string name, decimal? value)
    {
        if (value is { } v)
            json.WriteNumber(name, Normal(v));
        else
            json.WriteNull(name);
    }

    /// <summary>A value with its numerator, denominator, n and interval.</summary>
    public static void WriteKpiValue(this Utf8JsonWriter json, KpiValue value)
    {
        json.WriteValue("value", value.Value);
        json.WriteExact("numerator", value.Numerator);
        json.WriteExact("denominator", value.Denominator);
        json.WriteExact("n", value.N);
        json.WriteInterval("interval", value.Interval);
    }

    /// <summary>The bounds of an interval, or null.</summary>
    public static void WriteInterval(this Utf8JsonWriter json, string name, Interval? value)
    {
        if (value is not { } interval)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteNumber("low", Math.Round(interval.Low, ValueDigits));
        json.WriteNumber("high", Math.Round(interval.High, ValueDigits));
        json.WriteEndObject();
    }

    public static void WriteWarnings(this Utf8JsonWriter json, IReadOnlyList<KpiWarning> warnings)
    {
        json.WriteStartArray("warnings");
        foreach (var warning in warnings)
        {
            json.WriteStartObject();
            json.WriteString("code", warning.Code);
            if (warning.Kpi is { } kpi)
                json.WriteString("kpi", kpi);
            json.WriteString("detail", warning.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Instant(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Without zeros at the end of the fraction.</summary>
    public static decimal Normal(decimal value) => value / 1.000000000000000000000000000000000m;
}
