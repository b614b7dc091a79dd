using System.Globalization;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>Finds what the reader of an answer must know.</summary>
internal static class Warnings
{
    public static IReadOnlyList<KpiWarning> Of(CubeSnapshot snapshot, KpiQuery query, IReadOnlyList<KpiResult> results)
    {
        var found = AsOf(snapshot, query.Language).ToList();
        AddCoverage(snapshot, query, Add);
        UnpricedAmounts.Warn(snapshot, query, Add);
        foreach (var output in query.Outputs)
            AddGiven(output, Add);
        foreach (var result in results)
            AddSample(result, Add);
        ComparisonWarnings.Warn(snapshot, query, results, Add);
        foreach (var result in results)
            EconomicsWarnings.Warn(snapshot, query, result.Output, Add);
        MarketingTwice.Warn(snapshot, query, Add);
        if (results.SelectMany(r => r.Series).SelectMany(s => s.Points).Any(p => p.Bucket.Partial))
            Add("partial_buckets", null, new(
                "Первая или последняя часть периода короче календарной единицы.",
                "The first or last part of the period is shorter than its calendar unit."));
        return found;

        void Add(string code, KpiOutput? output, Text detail) =>
            found.Add(new KpiWarning(code, output?.Id, detail.In(query.Language)));
    }

    /// <summary>What the reader of an answer about the past must know.</summary>
    public static IReadOnlyList<KpiWarning> AsOf(CubeSnapshot snapshot, Language language)
    {
        var (code, text) = snapshot.AsOf?.Note switch
        {
            AsOfNote.BeyondHead => ("as_of_beyond_log", new Text(
                "Журнал так далеко не доходит: это то, что известно сейчас.",
                "The log does not reach that far: this is what is known now.")),
            AsOfNote.BeforeFirst => ("as_of_before_log", new Text(
                "Тогда ещё ничего не было записано.", "Nothing was recorded then.")),
            _ => ("", null),
        };
        return text is null ? [] : [new KpiWarning(code, null, text.In(language))];
    }

    /// <summary>The first and the last day with data for what a query asks; null without any.</summary>
    public static (int First, int Last)? DaysOfData(CubeSnapshot snapshot, KpiQuery query)
    {
        int first = int.MaxValue, last = int.MinValue;
        foreach (var measure in query.Outputs.SelectMany(o => o.Formula.Measures).Distinct())
        {
            var column = snapshot.Column(measure);
            if (column.Length == 0)
                continue;
            first = Math.Min(first, column.Days[0]);
            // A level reaches to the day on which it ends: an active customer is data, though the last purchase is long past.
            last = Math.Max(last, column.Days[^1]);
        }
        return first == int.MaxValue ? null : (first, last);
    }

    private static void AddCoverage(CubeSnapshot snapshot, KpiQuery query, Action<string, KpiOutput?, Text> add)
    {
        // With all inputs given nothing is read, and nothing is missing.
        if (!query.Outputs.SelectMany(o => o.Formula.Measures).Any())
            return;
        if (DaysOfData(snapshot, query) is not var (first, last))
            add("no_data", null, new("Данных для этих показателей ещё нет.", "There is no data for these KPIs yet."));
        else if (query.Period.From < first)
            add("period_not_covered", null, new(
                $"Данные начинаются {Day(first)}, период раньше.", $"The data begins on {Day(first)}, after the period's start."));
        else if (query.Period.From > last)
            add("period_not_covered", null, new(
                $"Данные кончаются {Day(last)}, до начала периода.", $"The data ends on {Day(last)}, before the period."));
        if (query.Period.To > query.Today.DayNumber + 1)
            add("period_not_over", null, new(
                $"Период ещё не закончился: сегодня {Day(query.Today.DayNumber)}.",
                $"The period is not over: today is {Day(query.Today.DayNumber)}."));
    }

    private static void AddGiven(KpiOutput output, Action<string, KpiOutput?, Text> add)
    {
        var given = output.Formula.Inputs.Where(i => i.Given is not null).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{i.Name} = {i.Given:0.############################}")).ToList();
        if (given.Count > 0)
            add("inputs_given", output, new(
                $"Задано в запросе, а не взято из данных: {string.Join(", ", given)}.",
                $"Given with the query, not taken from the data: {string.Join(", ", given)}."));
    }

    private static void AddSample(KpiResult result, Action<string, KpiOutput?, Text> add)
    {
        if (result.Output.Sample.Kind == SampleKind.None)
            return;
        var points = result.Series.SelectMany(s => s.Points).ToList();
        var small = points.Count(p => p.Value.N is > 0 and < Sample.SmallBelow);
        if (small > 0)
            add("sample_too_small", result.Output, new(
                $"Значений меньше чем из {Sample.SmallBelow} наблюдений: {small} из {points.Count}.",
                $"Values that rest on fewer than {Sample.SmallBelow} observations: {small} of {points.Count}."));
    }

    internal static string Day(int day) =>
        DateOnly.FromDayNumber(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
