namespace CrmKpi.Domain.Cube;

/// <summary>
/// What one fact adds to the cube. All of it is exact: integers in the unit of the measure. A fact's contributions are
/// linear: taking a fact back is adding its contributions negated.
/// </summary>
/// <param name="Measure">The measure.</param>
/// <param name="Day">Tenant-local day as <see cref="DateOnly.DayNumber"/>.</param>
/// <param name="Dims">Dimension values; only those of <see cref="Measure.Dimensions"/>.</param>
/// <param name="Bucket">Histogram bucket, linear bucket, or first day of a day pair; else 0.</param>
/// <param name="Count">Usually +1 or −1.</param>
/// <param name="Value">In the unit of the measure; its square is <see cref="Square"/>.</param>
public readonly record struct Contribution(
    Measure Measure, int Day, DimensionSet Dims, int Bucket, int Count, long Value)
{
    /// <summary>
    /// The square that enters the cell, signed by <see cref="Count"/>. Money and scores are squared at a hundredth of
    /// their unit (rounded half to even), so that sums of squares stay within 128 bits; deterministic, hence still additive.
    /// </summary>
    public Int128 Square
    {
        get
        {
            var v = Measure.Unit is MeasureUnit.MoneyMicros or MeasureUnit.ScoreMicros
                ? HundredthsOf(Value)
                : Value;
            var square = (Int128)v * v;
            return Count < 0 ? -square : square;
        }
    }

    private static long HundredthsOf(long micros)
    {
        var (hundredths, rest) = Math.DivRem(micros, 10_000);
        if (Math.Abs(rest) > 5_000 || (Math.Abs(rest) == 5_000 && (hundredths & 1) != 0))
            hundredths += Math.Sign(micros);
        return hundredths;
    }
}

/// <summary>The key of a cell within one tenant and generation.</summary>
public readonly record struct CellKey(short Measure, int Day, int DimsId, int Bucket);

/// <summary>
/// A cell's content, or a change of it: a group under addition.
/// </summary>
/// <param name="Count">Number of contributions, signed.</param>
/// <param name="Sum">Σ values in the unit of the measure.</param>
/// <param name="SumOfSquares">Σ <see cref="Contribution.Square"/>.</param>
public readonly record struct CellValue(long Count, Int128 Sum, Int128 SumOfSquares)
{
    /// <summary>True when adding it changes nothing.</summary>
    public bool IsZero => Count == 0 && Sum == 0 && SumOfSquares == 0;

    public static CellValue operator +(CellValue a, CellValue b) =>
        checked(new(a.Count + b.Count, a.Sum + b.Sum, a.SumOfSquares + b.SumOfSquares));

    public static CellValue operator -(CellValue a) => new(-a.Count, -a.Sum, -a.SumOfSquares);
}
