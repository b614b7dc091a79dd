using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Roi;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Roi;

/// <summary>A return on the CRM as JSON.</summary>
internal static class RoiJson
{
    /// <summary>The names of <see cref="BenefitSource"/>.</summary>
    public static readonly string[] Sources = ["recorded", "derived", "both"];

    private static readonly string[] Origins = ["baseline", "period", "given", "assumed", "missing"];

    public static byte[] Write(CubeSnapshot snapshot, RoiAnswer answer) =>
        JsonAnswer.Write(snapshot, answer.Query.Period, json =>
        {
            WriteBaseline(json, answer);
            json.WriteString("benefits", Sources[(int)answer.Query.Source]);
            json.WriteExact("cost", answer.Cost);
            json.WriteExact("benefit", answer.Benefit);
            json.WriteValue("roi", answer.Percent);
            json.WriteString("countedFrom", answer.Start is { } start ? JsonAnswer.Day(start) : null);
            WritePayback(json, answer.Payback);
            json.WriteWarnings(answer.Warnings);
            WriteAmounts(json, "costs", answer.Costs);
            WriteAmounts(json, "recorded", answer.Recorded);
            json.WriteStartArray("derived");
            foreach (var derivation in answer.Derived)
                WriteDerivation(json, derivation, answer);
            json.WriteEndArray();
            WriteMonths(json, answer);
        });

    private static void WriteBaseline(Utf8JsonWriter json, RoiAnswer answer)
    {
        if (answer.Query.Baseline is not { } baseline)
        {
            json.WriteNull("baseline");
            return;
        }
        json.WriteStartObject("baseline");
        json.WritePeriod(baseline);
        json.WriteEndObject();
    }

    private static void WritePayback(Utf8JsonWriter json, PaybackTime? payback)
    {
        if (payback is null)
        {
            json.WriteNull("payback");
            return;
        }
        json.WriteStartObject("payback");
        json.WriteNumber("months", payback.Months);
        json.WriteString("by", JsonAnswer.Day(payback.By));
        json.WriteEndObject();
    }

    private static void WriteAmounts(Utf8JsonWriter json, string name, IReadOnlyList<CategoryAmount> amounts)
    {
        json.WriteStartArray(name);
        foreach (var amount in amounts)
        {
            json.WriteStartObject();
            json.WriteString("category", amount.Category ?? DimensionSet.Blank);
            json.WriteExact("amount", amount.Amount);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteDerivation(Utf8JsonWriter json, Derivation derivation, RoiAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("id", derivation.Id);
        json.WriteString("name", derivation.Name.In(answer.Query.Language));
        json.WriteString("category", derivation.Category);
        json.WriteString("formula", derivation.Formula);
        json.WriteValue("amount", derivation.Value);
        json.WriteStartArray("inputs");
        foreach (var input in derivation.Inputs)
        {
            json.WriteStartObject();
            json.WriteString("name", input.Name);
            json.WriteString("unit", input.Unit);
            json.WriteValue("value", input.Value);
            json.WriteString("origin", Origins[(int)input.Origin]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMonths(Utf8JsonWriter json, RoiAnswer answer)
    {
        json.WriteStartObject("before");
        json.WriteExact("cost", answer.Before.Cost);
        json.WriteExact("benefit", answer.Before.Benefit);
        json.WriteEndObject();
        json.WriteStartArray("months");
        foreach (var month in answer.Months)
        {
            json.WriteStartObject();
            json.WritePeriod(month.Bucket.Period);
            if (month.Bucket.Partial)
                json.WriteBoolean("partial", true);
            json.WriteExact("cost", month.Cost);
            json.WriteExact("benefit", month.Benefit);
            json.WriteExact("cumulativeCost", month.CumulativeCost);
            json.WriteExact("cumulativeBenefit", month.CumulativeBenefit);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
