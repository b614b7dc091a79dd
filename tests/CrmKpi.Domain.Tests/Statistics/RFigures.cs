using System.Globalization;
using System.Runtime.CompilerServices;

namespace CrmKpi.Domain.Tests.Statistics;

/// <summary>Reads what <c>tests/data/statistics/figures.R</c> wrote.</summary>
internal static class RFigures
{
    /// <summary>The rows below the header.</summary>
    public static TheoryData<string> Rows(string file, [CallerFilePath] string here = "") =>
    [
        .. File.ReadLines(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "data", "statistics", file)).Skip(1),
    ];

    public static decimal[] Decimals(string[] cells) => [.. cells.Select(c => decimal.Parse(c, CultureInfo.InvariantCulture))];

    public static double[] Doubles(string[] cells) => [.. cells.Select(c => double.Parse(c, CultureInfo.InvariantCulture))];

    /// <summary>A number; null where R gave none.</summary>
    public static double? Double(string cell) =>
        cell.Length == 0 ? null : double.Parse(cell, CultureInfo.InvariantCulture);
}
