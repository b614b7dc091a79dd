using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Own;

namespace CrmKpi.Query.Catalogue;

/// <summary>What the catalogue says, whatever it is written in.</summary>
internal static class CatalogueTexts
{
    /// <summary>The KPIs of the product, then those defined, each with its formula. One that cannot be computed is left out.</summary>
    public static IEnumerable<(Kpi Kpi, string Formula)> Kpis(KpiSet kpis)
    {
        foreach (var kpi in Domain.Kpis.Catalogue.All)
            yield return (kpi, kpi.Variants[0].Formula.ToString());
        foreach (var own in kpis.Own)
            if (own is { Output: { } output, Definition: { } definition })
                yield return (output.Kpi, definition.Formula);
    }

    public static string NameOf(KpiArea area) => JsonNamingPolicy.SnakeCaseLower.ConvertName(area.ToString());

    /// <summary>The statistics by the ids that they are asked for with.</summary>
    public static IEnumerable<(string Id, string Formula)> StatisticsOf(Kpi kpi) =>
        kpi.Variants.Where(v => v.Statistic.Length > 0).Select(v => ($"{kpi.Id}.{v.Statistic}", v.Formula.ToString()));

    /// <summary>How a window is asked for, or null.</summary>
    public static string? WindowOf(Kpi kpi) => kpi.Window is null ? null : $"{kpi.Id}.within{{n}}";

    public static string KindOf(MeasureKind kind) => kind switch
    {
        MeasureKind.Flow => "flow",
        MeasureKind.Stock => "level",
        MeasureKind.Distribution => "distribution",
        _ => "day_pairs",
    };

    /// <summary>What the sum of a measure is; null when it only counts.</summary>
    public static string? SumOf(MeasureUnit unit) => unit switch
    {
        MeasureUnit.MoneyMicros => "money",
        MeasureUnit.Milliseconds or MeasureUnit.Days => "duration",
        MeasureUnit.ScoreMicros => "score",
        MeasureUnit.Number => "number",
        _ => null,
    };
}
