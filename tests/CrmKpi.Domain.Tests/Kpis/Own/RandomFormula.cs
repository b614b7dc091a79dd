using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Own;

namespace CrmKpi.Domain.Tests.Kpis.Own;

/// <summary>Formulas that can be written, of any shape; their units need not fit.</summary>
internal static class RandomFormula
{
    private static readonly Measure[] Happening = Of(MeasureKind.Flow, MeasureKind.Distribution);
    private static readonly Measure[] Summed = [.. Happening.Where(m => m.Unit != MeasureUnit.Count)];
    private static readonly Measure[] Amounts = [.. Happening.Where(m => m.Unit == MeasureUnit.MoneyMicros)];
    private static readonly Measure[] Flows = Of(MeasureKind.Flow);
    private static readonly Measure[] Stocks = Of(MeasureKind.Stock);
    private static readonly Measure[] Distributions = Of(MeasureKind.Distribution);
    private static readonly Pairs[] Pairs =
        [.. Catalogue.All.SelectMany(k => k.Variants).SelectMany(v => v.Formula.Readings).OfType<Pairs>()];

    public static Formula Next(Random random, int depth) => depth == 0 || random.Next(4) == 0
        ? Leaf(random)
        : new Operation((Operator)random.Next(7), Next(random, depth - 1), Next(random, depth - 1));

    private static Formula Leaf(Random random) => random.Next(18) switch
    {
        0 => new Constant(random.Next(-1_000, 1_000) / 8m),
        1 => new Flow(Pick(random, Happening), CellPart.Count),
        2 => new Flow(Pick(random, Summed), CellPart.Sum),
        3 => new Flow(Pick(random, Flows), CellPart.Count) { Buckets = Range(random) },
        4 => new Level(Pick(random, Stocks), random.Next(2) == 0 ? Edge.Start : Edge.End, CellPart.Count),
        5 => new Level(Measures.DealsOpen, random.Next(2) == 0 ? Edge.Start : Edge.End, CellPart.Sum),
        6 => new CumulatedTo(Pick(random, Happening), CellPart.Count),
        7 => new CumulatedTo(Pick(random, Summed), CellPart.Sum),
        8 => new Exposure(Pick(random, Flows)),
        9 => Pick(random, Pairs),
        10 => new Quantile(Pick(random, Distributions), random.Next(1, 1_000) / 1_000d),
        11 => new Flow(Pick(random, Amounts), CellPart.Count) { PricedOnly = true },
        12 => new PeriodDays(),
        13 => new WorkingExposure(Pick(random, Stocks)),
        14 => new Flow(Measures.Cost, CellPart.Sum)
        {
            Only = new(Dimensions.Channel, ["a", "b c", "\"", "7", "else", "день"]),
            Categories = (ValueSet)random.Next(2),
        },
        15 => new Flow(Pick(random, Summed), CellPart.Sum) { NullWithoutCells = true },
        16 => new Payback(),
        _ => random.Next(2) == 0
            ? new Reference(random.Next(2) == 0 ? "win_rate" : "lead_conversion.within30")
            : new DistinctValues(Dimensions.Manager, [Measures.DealsCreated, Measures.LeadsCreated]),
    };

    private static BucketRange Range(Random random)
    {
        var from = random.Next(0, 60);
        return random.Next(3) switch
        {
            0 => BucketRange.UpTo(from),
            1 => new BucketRange(from, int.MaxValue),
            _ => new BucketRange(from, from + random.Next(5)),
        };
    }

    private static T Pick<T>(Random random, T[] among) => among[random.Next(among.Length)];

    private static Measure[] Of(params MeasureKind[] kinds) =>
        [.. Measures.All.Where(m => kinds.Contains(m.Kind) && m.Unit != MeasureUnit.RateNanos)];
}
