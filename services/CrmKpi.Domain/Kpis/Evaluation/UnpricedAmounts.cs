using System.Globalization;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>Lists the amounts that a query should count and cannot, because no rate of their day is known.</summary>
internal static class UnpricedAmounts
{
    /// <summary>The code of the warning.</summary>
    public const string Code = "rate_missing";

    private const int CurrenciesMax = 20;

    public static void Warn(CubeSnapshot snapshot, KpiQuery query, Action<string, KpiOutput?, Text> add)
    {
        foreach (var output in query.Outputs)
        {
            var missing = new SortedDictionary<string, Missing>(StringComparer.Ordinal);
            foreach (var measure in output.Formula.Measures.Where(m => m.Unit == MeasureUnit.MoneyMicros))
                Collect(snapshot, query, measure, missing);
            foreach (var (currency, amount) in missing.Take(CurrenciesMax))
                add(Code, output, amount.Text(currency, snapshot.Settings.Currency));
        }
    }

    private static void Collect(
        CubeSnapshot snapshot, KpiQuery query, Measure measure, SortedDictionary<string, Missing> missing)
    {
        if (measure.Kind == MeasureKind.Flow)
        {
            foreach (var cell in snapshot.Money.Unpriced(measure))
                if (cell.Day >= query.Period.From && cell.Day < query.Period.To)
                    Add(cell.Dims, cell.Currency, cell.Day, cell.Value);
            return;
        }
        // A stock is worth what it is worth at the end of the period.
        var (column, foreign) = (snapshot.Column(measure), snapshot.Money.ForeignSets);
        for (var i = 0; i < column.FirstAtOrAfter(query.Period.To); i++)
            if (foreign[column.Dims[i]] is { } currency && snapshot.Money.Rates.On(currency, query.Period.To - 1) is null)
                Add(column.Dims[i], currency, query.Period.To - 1, new(column.Counts[i], column.Sums[i], 0));

        void Add(int dims, string currency, int day, CellValue value)
        {
            if (!query.Filters.All(f => f.Values.Contains(snapshot.DimensionSets[dims][f.Dimension])))
                return;
            if (!missing.TryGetValue(currency, out var held))
                missing.Add(currency, held = new Missing());
            held.Add(day, value);
        }
    }

    private sealed class Missing
    {
        private long _count;
        private Int128 _micros;
        private int _first = int.MaxValue;
        private int _last = int.MinValue;

        public void Add(int day, CellValue value)
        {
            _count += value.Count;
            _micros += value.Sum;
            (_first, _last) = (Math.Min(_first, day), Math.Max(_last, day));
        }

        public Text Text(string currency, string own)
        {
            var amount = string.Create(CultureInfo.InvariantCulture, $"{(decimal)_micros / Money.MicrosPerUnit:0.######} {currency}");
            var days = _first == _last ? Day(_first) : $"{Day(_first)} … {Day(_last)}";
            return new(
                $"Не вошло: {amount} ({_count}; {days}), нет курса {currency} к {own}. Пришлите fx.rate_set.",
                $"Not counted: {amount} ({_count}; {days}), there is no rate of {currency} to {own}. Send fx.rate_set.");
        }

        private static string Day(int day) =>
            DateOnly.FromDayNumber(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
