using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;

namespace CrmKpi.Domain.Kpis.Explain;

/// <summary>
/// Tells how a reading's amounts in other currencies were converted. A cell (of a flow) or a level is converted as a whole and
/// rounded once: what its facts add, each rounded for itself, may differ from it by millionths.
/// </summary>
internal static class Conversions
{
    public static IReadOnlyList<Conversion> Of(CubeSnapshot snapshot, Reading reading, KpiQuery query)
    {
        var rule = new FactRule(reading, snapshot, query.Period, query.Filters);
        if (!rule.IsMoney)
            return [];
        var (column, currencies, rates) = (snapshot.Column(reading.Read[0]), snapshot.Money.ForeignSets, snapshot.Money.Rates);
        var isLevel = reading is Level { Measure.Kind: MeasureKind.Stock };
        var sums = new SortedDictionary<(string Currency, int Day), (Int128 Amount, Int128 Value)>();
        for (var i = 0; i < column.Length; i++)
        {
            if (currencies[column.Dims[i]] is not { } currency
                || !rule.Reads(column.Measure, column.Days[i], snapshot.DimensionSets[column.Dims[i]], column.Buckets[i]))
                continue;
            var key = (currency, Day: rule.RateDay(column.Days[i]));
            var (amount, value) = sums.GetValueOrDefault(key);
            sums[key] = (amount + column.Sums[i], value + (isLevel ? 0 : rates.Convert(column.Sums[i], currency, key.Day) ?? 0));
        }
        return
        [
            .. sums.Take(Explainer.ConversionsMax).Select(s => new Conversion(
                s.Key.Currency, DateOnly.FromDayNumber(s.Key.Day), InUnits(s.Value.Amount), rates.On(s.Key.Currency, s.Key.Day),
                InUnits(isLevel ? rates.Convert(s.Value.Amount, s.Key.Currency, s.Key.Day) ?? 0 : s.Value.Value))),
        ];
    }

    private static decimal InUnits(Int128 micros) => Readout.InUnits(micros, Money.MicrosPerUnit);
}
