using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>Asks the cube and the oracle the same random question.</summary>
internal static class OracleComparison
{
    private static readonly Grain[] Grains = [Grain.None, Grain.None, Grain.Week, Grain.Month, Grain.Quarter];

    /// <summary>Compares all values of the answer; returns how many, and adds what differs.</summary>
    public static int Ask(CubeSnapshot snapshot, OracleFacts facts, string id, Random random, List<string> wrong)
    {
        var output = Catalogue.Resolve(id) ?? throw new ArgumentException(id);
        var start = DateOnly.FromDateTime(GeneratedTenant.Start.UtcDateTime).DayNumber;
        var from = start + random.Next(-20, 650);
        var period = new Period(from, from + random.Next(7, 200));
        var filters = Filter(output, snapshot, random);
        var query = new KpiQuery(
            [output], period, Grains[random.Next(Grains.Length)], ComparisonKind.None, Group(output, random), filters, new DateOnly(2030, 1, 1))
        {
            TakeGroups = KpiQuery.GroupsMax,
        };
        var result = Evaluator.Answer(snapshot, query).Kpis[0];
        var compared = 0;
        // Each value costs the oracle a walk over all facts: a few of them are enough of each answer.
        var points = result.Series.SelectMany(s => s.Points.Select(p => (s.Key, Point: p))).ToArray();
        random.Shuffle(points);
        foreach (var (key, point) in points.Take(4))
        {
            var question = new OracleQuestion(facts, point.Bucket.Period.From, point.Bucket.Period.To, dims => Matches(dims, result.GroupBy, key, filters))
            {
                IsTotal = result.GroupBy.Count == 0 && filters.Count == 0,
            };
            compared++;
            var expected = Expected(output, question);
            if (!IsClose(output, point.Value.Value, expected))
                wrong.Add(FormattableString.Invariant(
                    $"{id} {point.Bucket.Period} [{string.Join(", ", result.GroupBy.Zip(key))}] {string.Join(", ", filters.Select(f => $"{f.Dimension} = {f.Values[0]}"))}: {point.Value.Value} ({point.Value.Numerator} ÷ {point.Value.Denominator}), expected {expected}"));
        }
        return compared;
    }

    private static decimal? Expected(KpiOutput output, OracleQuestion question)
    {
        if (Plain(output.Id) is { } plain)
            return plain(question);
        if (Duration(output.Kpi.Id) is not { } duration)
            throw new InvalidOperationException($"The oracle has no definition of {output.Id}.");
        var values = duration.Of(question).ToList();
        var value = output.Statistic switch
        {
            "median" => OracleQuestion.Quantile(values, 0.5),
            "p90" => OracleQuestion.Quantile(values, 0.9),
            _ => OracleQuestion.Mean(values),
        };
        return value / (decimal)duration.Unit;
    }

    private static Func<OracleQuestion, decimal?>? Plain(string id) =>
        OracleSales.Kpis.GetValueOrDefault(id) ?? OracleValue.Kpis.GetValueOrDefault(id) ?? OracleEconomics.Kpis.GetValueOrDefault(id)
        ?? OraclePeople.Kpis.GetValueOrDefault(id);

    private static (Func<OracleQuestion, IEnumerable<double>> Of, double Unit)? Duration(string id) =>
        OracleSales.Durations.TryGetValue(id, out var sales) ? sales
        : OracleValue.Durations.TryGetValue(id, out var value) ? value : null;

    private static bool Matches(
        OracleDims dims, IReadOnlyList<Dimensions> groupBy, IReadOnlyList<string?> key, IReadOnlyList<DimensionFilter> filters)
    {
        for (var i = 0; i < groupBy.Count; i++)
            if (dims.Value(DimensionSet.NameOf(groupBy[i])) != key[i])
                return false;
        return filters.All(f => f.Values.Contains(dims.Value(DimensionSet.NameOf(f.Dimension))));
    }

    private static IReadOnlyList<Dimensions>? Group(KpiOutput output, Random random)
    {
        var possible = Possible(output);
        return possible.Length == 0 || random.Next(3) == 0 ? null : [possible[random.Next(possible.Length)]];
    }

    private static IReadOnlyList<DimensionFilter> Filter(KpiOutput output, CubeSnapshot snapshot, Random random)
    {
        var possible = Possible(output);
        if (possible.Length == 0 || random.Next(3) > 0)
            return [];
        var dimension = possible[random.Next(possible.Length)];
        var values = snapshot.DimensionSets.Select(s => s[dimension]).Distinct().ToArray();
        return [new(dimension, [values[random.Next(values.Length)]])];
    }

    private static Dimensions[] Possible(KpiOutput output) => [.. Enum.GetValues<Dimensions>().Where(d =>
        System.Numerics.BitOperations.PopCount((uint)d) == 1 && d != Dimensions.Currency && (output.Kpi.Dimensions & d) != 0)];

    // Counts are exact; sums within the rounding of rates to millionths; quantiles within the 1 % of the histogram.
    private static bool IsClose(KpiOutput output, decimal? value, decimal? expected)
    {
        if (value is null || expected is null)
            return value == expected;
        var tolerance = output.Statistic is "median" or "p90" ? 0.01m * Math.Abs(expected.Value) + 0.001m
            : 1e-7m * Math.Abs(expected.Value) + 0.001m;
        return Math.Abs(value.Value - expected.Value) <= tolerance;
    }
}
