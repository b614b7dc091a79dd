using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>The customers whose first purchase lies in one month.</summary>
/// <param name="Month">Its first day.</param>
/// <param name="Customers">How many they are.</param>
/// <param name="Buyers">Per month since (0 = that month) how many of them bought in it; months to come are left out.</param>
public sealed record Cohort(DateOnly Month, long Customers, IReadOnlyList<long> Buyers)
{
    /// <summary>The share of the cohort that bought in a month, in percent; null when the cohort is empty.</summary>
    public decimal? Percent(int month) => Customers == 0 ? null : Buyers[month] * 100m / Customers;
}

/// <summary>The cohort table: customers by month of the first purchase × months since.</summary>
public sealed record CohortAnswer(IReadOnlyList<Cohort> Cohorts, int Months, IReadOnlyList<KpiWarning> Warnings);

/// <summary>Answers cohort retention.</summary>
public static class Cohorts
{
    /// <summary>The most months of first purchase.</summary>
    public const int CohortsMax = 122;

    /// <summary>The most months since the first purchase.</summary>
    public const int MonthsMax = 120;

    /// <summary>What the snapshot must hold.</summary>
    public static IReadOnlyCollection<Measure> Measures { get; } = [Cube.Measures.CustomersNew, Cube.Measures.CohortBuyers];

    /// <summary>Answers the table for the months that a period touches.</summary>
    /// <param name="months">The last month since the first purchase.</param>
    /// <param name="today">No month behind today's is answered.</param>
    public static CohortAnswer Answer(
        CubeSnapshot snapshot, Period period, int months, IReadOnlyList<DimensionFilter> filters, DateOnly today,
        Language language)
    {
        var groups = GroupMap.Of(snapshot.DimensionSets, [], filters);
        var first = Period.MonthNumber(period.FromDate);
        var count = Period.MonthNumber(period.ToDate.AddDays(-1)) - first + 1;
        var customers = new long[count];
        var buyers = new long[count, months + 1];
        Scan(Cube.Measures.CustomersNew, (month, _, n) => customers[month] += n);
        Scan(Cube.Measures.CohortBuyers, (month, since, n) =>
        {
            if (since <= months)
                buyers[month, since] += n;
        });
        var thisMonth = Period.MonthNumber(today);
        var cohorts = Enumerable.Range(0, count).Select(c =>
        {
            var over = Math.Clamp(thisMonth - (first + c) + 1, 0, months + 1);
            return new Cohort(
                MonthStart(first + c), customers[c], [.. Enumerable.Range(0, over).Select(since => buyers[c, since])]);
        });
        return new CohortAnswer([.. cohorts], months, Warn());

        void Scan(Measure measure, Action<int, int, long> add)
        {
            var column = snapshot.Column(measure);
            var end = column.FirstAtOrAfter(MonthStart(first + count).DayNumber);
            for (var i = column.FirstAtOrAfter(MonthStart(first).DayNumber); i < end; i++)
                if (groups.IsTotal || groups.GroupOf[column.Dims[i]] >= 0)
                    add(Period.MonthNumber(DateOnly.FromDayNumber(column.Days[i])) - first, column.Buckets[i], column.Counts[i]);
        }

        IReadOnlyList<KpiWarning> Warn() => snapshot.Column(Cube.Measures.CustomersNew).Length > 0
            ? Warnings.AsOf(snapshot, language)
            :
            [
                .. Warnings.AsOf(snapshot, language),
                new("no_data", null, new Text("Покупок ещё нет.", "There are no purchases yet.").In(language)),
            ];
    }

    private static DateOnly MonthStart(int monthNumber) => new(monthNumber / 12, monthNumber % 12 + 1, 1);
}
