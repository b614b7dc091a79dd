using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Statistics;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace CrmKpi.Query.Answers;

/// <summary>What all answers in messages share; the same numbers as <see cref="JsonAnswer"/>, as texts.</summary>
internal static class MessageAnswer
{
    /// <summary>What stands for all of an answer.</summary>
    public static V1.AnswerBasis Basis(CubeSnapshot snapshot, Period period)
    {
        var basis = new V1.AnswerBasis
        {
            Tenant = snapshot.Tenant,
            Sequence = snapshot.Sequence,
            Generation = snapshot.Generation,
            RulesVersion = snapshot.RulesVersion,
            Currency = snapshot.Settings.Currency,
            TimeZone = snapshot.Settings.TimeZone,
            Period = Of(period),
        };
        if (snapshot.AsOf is { } asOf)
            basis.AsOf = new V1.AsOf
            {
                Sequence = asOf.Sequence,
                RecordedAt = asOf.RecordedAt is { } at ? Timestamp.FromDateTimeOffset(at) : null,
            };
        return basis;
    }

    /// <summary>
    /// What an answer says, without where it comes from: the part behind tenant, sequence and generation, which are the first fields of
    /// its first. Equal for equal values.
    /// </summary>
    public static ReadOnlySpan<byte> Content(byte[] body)
    {
        var input = new CodedInputStream(body);
        input.ReadTag();
        input.ReadLength();
        while (WireFormat.GetTagFieldNumber(input.PeekTag()) is > 0 and <= V1.AnswerBasis.GenerationFieldNumber)
        {
            input.ReadTag();
            input.SkipLastField();
        }
        return body.AsSpan((int)input.Position);
    }

    public static V1.Period Of(Period period) => new() { From = JsonAnswer.Day(period.FromDate), To = JsonAnswer.Day(period.ToDate) };

    /// <summary>A value with its numerator, denominator, n and interval.</summary>
    public static V1.KpiValue Of(KpiValue value)
    {
        var message = new V1.KpiValue { Interval = Of(value.Interval) };
        if (Computed(value.Value) is { } computed)
            message.Value = computed;
        if (Exact(value.Numerator) is { } numerator)
            message.Numerator = numerator;
        if (Exact(value.Denominator) is { } denominator)
            message.Denominator = denominator;
        if (Exact(value.N) is { } n)
            message.N = n;
        return message;
    }

    /// <summary>The bounds of an interval, or null.</summary>
    public static V1.Interval? Of(Interval? interval) => interval is { } bounds
        ? new V1.Interval
        {
            Low = Math.Round(bounds.Low, JsonAnswer.ValueDigits),
            High = Math.Round(bounds.High, JsonAnswer.ValueDigits),
        }
        : null;

    public static void AddWarnings(this RepeatedField<V1.Warning> messages, IReadOnlyList<KpiWarning> warnings)
    {
        foreach (var warning in warnings)
            messages.Add(new V1.Warning { Code = warning.Code, Kpi = warning.Kpi ?? "", Detail = warning.Detail });
    }

    public static void AddFilters(this RepeatedField<V1.DimensionFilter> messages, IReadOnlyList<DimensionFilter> filters)
    {
        foreach (var filter in filters)
        {
            var message = new V1.DimensionFilter { Dimension = DimensionSet.NameOf(filter.Dimension) };
            message.Values.Add(filter.Values.Select(v => v ?? DimensionSet.Blank));
            messages.Add(message);
        }
    }

    /// <summary>What each input of a KPI was; nothing when it has none.</summary>
    public static void AddInputs(this MapField<string, string> messages, IEnumerable<Input> inputs, IReadOnlyList<decimal?>? values)
    {
        foreach (var (input, value) in inputs.Zip(values ?? []))
            if (Computed(value) is { } text)
                messages[input.Name] = text;
    }

    public static void AddNames(this RepeatedField<string> names, Dimensions dimensions) =>
        names.Add(DimensionSet.Names.Where(n => (dimensions & DimensionSet.Parse(n)!.Value) != 0));

    /// <summary>A computed value, rounded; null = no data.</summary>
    public static string? Computed(decimal? value) => value is { } v ? Text(decimal.Round(v, JsonAnswer.ValueDigits)) : null;

    /// <summary>A number with all of its digits, or null.</summary>
    public static string? Exact(decimal? value) => value is { } v ? Text(v) : null;

    /// <summary>A number with all of its digits.</summary>
    public static string Text(decimal value) => JsonAnswer.Normal(value).ToString(CultureInfo.InvariantCulture);
}
