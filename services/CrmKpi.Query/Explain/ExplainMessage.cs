using System.Buffers;
using System.Text;
using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CrmKpi.Query.Explain;

/// <summary>An explanation as a <c>crmkpi.v1.Explanation</c>.</summary>
internal static class ExplainMessage
{
    public static byte[] Write(
        CubeSnapshot snapshot, ExplainRequest request, Explanation explanation, FactPage page, string? nextPage)
    {
        var message = new V1.Explanation
        {
            Basis = MessageAnswer.Basis(snapshot, explanation.Query.Period),
            Kpi = KpiOf(explanation),
            Formula = explanation.Formula,
            Calculation = explanation.Calculation,
            Value = MessageAnswer.Of(explanation.Value),
            Settings = SettingsOf(snapshot, explanation),
            Facts = new V1.FactPage { Scanned = page.Scanned },
            NextPageToken = nextPage ?? "",
        };
        message.Filters.AddFilters(explanation.Query.Filters);
        message.Warnings.AddWarnings(explanation.Warnings);
        var inputs = explanation.Output.Formula.Inputs.Zip(explanation.Value.Inputs ?? Enumerable.Empty<decimal?>());
        foreach (var (input, value) in inputs)
            message.Inputs.Add(Of(input, value, explanation.Query.Language));
        foreach (var reading in explanation.Readings)
            message.Readings.Add(Of(reading));
        message.Facts.Readings.Add(request.Chosen(explanation).Select(r => r.Index));
        foreach (var fact in page.Facts)
            message.Facts.Items.Add(Of(snapshot.Tenant, explanation.Readings[fact.Reading], fact));
        return message.ToByteArray();
    }

    private static V1.ExplainedKpi KpiOf(Explanation explanation)
    {
        var (kpi, language) = (explanation.Output.Kpi, explanation.Query.Language);
        return new V1.ExplainedKpi
        {
            Id = explanation.Output.Id,
            Name = kpi.Name.In(language),
            Meaning = kpi.Meaning.In(language),
            Unit = kpi.Unit.Code(),
            ZeroRule = kpi.ZeroRule.In(language),
            Source = kpi.Source,
        };
    }

    private static V1.ExplainedInput Of(Input input, decimal? value, Language language)
    {
        var message = new V1.ExplainedInput
        {
            Name = input.Name,
            Meaning = input.Meaning.In(language),
            Unit = input.Unit.Code(),
            Formula = input.Default.ToString(),
            Origin = input.Origin.Code(),
        };
        if (MessageAnswer.Computed(value) is { } text)
            message.Value = text;
        return message;
    }

    // Settings have many shapes; their one description is that of the JSON.
    private static Struct SettingsOf(CubeSnapshot snapshot, Explanation explanation)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            SettingsUsedJson.Write(json, explanation.Settings, snapshot.Settings);
            json.WriteEndObject();
        }
        return Struct.Parser.ParseJson(Encoding.UTF8.GetString(body.WrittenSpan)).Fields["settings"].StructValue;
    }

    private static V1.Reading Of(ExplainedReading reading)
    {
        var message = new V1.Reading
        {
            Index = reading.Index,
            Reads = reading.Reading.ToString(),
            Unit = ReadingUnits.Of(reading),
        };
        if (MessageAnswer.Computed(reading.Value) is { } value)
            message.Value = value;
        foreach (var part in System.Enum.GetValues<KpiPart>().Where(p => p != KpiPart.None && reading.Part.HasFlag(p)))
            message.Parts.Add(part switch
            {
                KpiPart.Numerator => V1.ExplainedPart.Numerator,
                KpiPart.Denominator => V1.ExplainedPart.Denominator,
                _ => V1.ExplainedPart.Whole,
            });
        foreach (var measure in reading.Reading.Read)
            message.Measures.Add(new V1.ReadMeasure { Name = measure.Name, Meaning = measure.Meaning });
        foreach (var conversion in reading.Conversions)
            message.Conversions.Add(Of(conversion));
        return message;
    }

    private static V1.Conversion Of(Conversion conversion)
    {
        var message = new V1.Conversion
        {
            Currency = conversion.Currency,
            Day = JsonAnswer.Day(conversion.Day),
            Amount = MessageAnswer.Text(conversion.Amount),
            Value = MessageAnswer.Text(conversion.Value),
        };
        if (MessageAnswer.Computed(conversion.Rate) is { } rate)
            message.Rate = rate;
        return message;
    }

    private static V1.Fact Of(string tenant, ExplainedReading reading, Fact fact)
    {
        var message = new V1.Fact
        {
            Reading = fact.Reading,
            Stream = fact.Entity?.Stream ?? "",
            Kind = fact.Entity?.Kind.ToString().ToLowerInvariant() ?? "",
            Measure = fact.Measure.Name,
            Day = JsonAnswer.Day(DateOnly.FromDayNumber(fact.Day)),
            Count = fact.Count,
            Adds = MessageAnswer.Computed(reading.Adds(fact))!,
            Events = ExplainJson.EventsOf(tenant, fact) ?? "",
        };
        if (fact.Bucket != 0)
            message.Bucket = fact.Bucket;
        if (MessageAnswer.Computed(reading.ValueOf(fact)) is { } value)
            message.Value = value;
        if (ExplainJson.Milliseconds(fact) is { } milliseconds)
            message.Milliseconds = milliseconds;
        if (fact.Dims[Dimensions.Currency] is not null && MessageAnswer.Computed(fact.Rate) is { } rate)
            message.Rate = rate;
        foreach (var name in DimensionSet.Names)
            if (fact.Dims[DimensionSet.Parse(name)!.Value] is { } text)
                message.Dimensions[name] = text;
        return message;
    }
}
