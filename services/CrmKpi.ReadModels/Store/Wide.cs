using System.Numerics;

namespace CrmKpi.ReadModels.Store;

/// <summary>128-bit integers as <c>numeric</c>, exactly: as decimals where 96 bits are enough, else as big integers.</summary>
internal static class Wide
{
    /// <summary>Safely below the largest decimal, 2⁹⁶ − 1; the SQL that reads cells splits at the same figure.</summary>
    private static readonly Int128 DecimalMax = (Int128)70_000_000_000_000_000_000_000_000_000m;

    public static bool FitsDecimal(Int128 value) => value <= DecimalMax && value >= -DecimalMax;

    /// <summary>A value for a numeric parameter: decimal[] if all fit, else BigInteger[].</summary>
    public static Array Column(ReadOnlySpan<CellRow> rows, Func<CellRow, Int128> of)
    {
        var decimals = new decimal[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var value = of(rows[i]);
            if (!FitsDecimal(value))
                return BigIntegers(rows, of);
            decimals[i] = (decimal)value;
        }
        return decimals;
    }

    private static BigInteger[] BigIntegers(ReadOnlySpan<CellRow> rows, Func<CellRow, Int128> of)
    {
        var column = new BigInteger[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            column[i] = of(rows[i]);
        return column;
    }
}
