using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;

namespace CrmKpi.Domain.Kpis.Explain;

/// <summary>Explains the value of a KPI from a snapshot. Pure.</summary>
public static class Explainer
{
    /// <summary>The most conversions told of one reading.</summary>
    public const int ConversionsMax = 400;

    private const int DigitsShown = 6;

    /// <summary>Explains one KPI of a query for its whole period, without groups.</summary>
    public static Explanation Explain(CubeSnapshot snapshot, KpiQuery query, CancellationToken ct = default)
    {
        var output = query.Outputs[0];
        var answer = Evaluator.Answer(snapshot, query, ct);
        var groups = GroupMap.Of(snapshot.DimensionSets, [], query.Filters);
        var reader = new CubeReader(snapshot, groups, [query.Period], ct);
        var (numerator, denominator) = output.Formula is Operation { Operator: Operator.Over } ratio
            ? (ratio.Left.Readings.ToHashSet(), ratio.Right.Readings.ToHashSet())
            : (null, null);
        var unit = output.Kpi.Unit;
        ExplainedReading[] readings =
        [
            .. output.Formula.Readings.Select((reading, i) => new ExplainedReading(
                i, reading, PartOf(reading), reader.Read(reading).Value(0, unit), unit,
                Conversions.Of(snapshot, reading, query))),
        ];
        var values = readings.ToDictionary(r => r.Reading, r => r.Value);
        return new Explanation(
            query, output, answer.Kpis[0].Series[0].Points[0].Value, output.Formula.ToString(),
            WithNumbers(output.Formula, values).ToString(), readings, SettingsUsed.By(output.Formula), answer.Warnings);

        KpiPart PartOf(Reading reading) => numerator is null
            ? KpiPart.Whole
            : (numerator.Contains(reading) ? KpiPart.Numerator : 0) | (denominator!.Contains(reading) ? KpiPart.Denominator : 0);
    }

    private static Formula WithNumbers(Formula formula, Dictionary<Reading, decimal?> values) => formula switch
    {
        Operation operation => operation with
        {
            Left = WithNumbers(operation.Left, values),
            Right = WithNumbers(operation.Right, values),
        },
        Input { Given: { } given } input => new Number(given / input.Unit.Scale()),
        Input input => WithNumbers(input.Default, values),
        Reading reading => new Number(values[reading]),
        _ => formula,
    };

    /// <summary>A value in the place of a reading; a dash when there is none.</summary>
    private sealed record Number(decimal? Value) : Formula
    {
        private protected override IEnumerable<Reading> Leaves() => [];

        /// <inheritdoc/>
        public override string ToString() => Value switch
        {
            null => "–",
            < 0 => $"({Text})",
            _ => Text,
        };

        private string Text => decimal.Round(Value!.Value, DigitsShown).ToString("0.######", CultureInfo.InvariantCulture);
    }
}
