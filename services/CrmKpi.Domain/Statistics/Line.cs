namespace CrmKpi.Domain.Statistics;

/// <summary>The straight line of least squares through some points.</summary>
/// <param name="N">How many points.</param>
/// <param name="RSquared">The share of the variance that the line explains; null when all values are equal.</param>
public readonly record struct Line(double Intercept, double Slope, int N, double? RSquared)
{
    /// <summary>Fewer points than this show no trend.</summary>
    public const int PointsMin = 3;

    /// <summary>The value at <paramref name="x"/>.</summary>
    public double At(double x) => Intercept + Slope * x;

    /// <summary>The line through points; null when there are fewer than <see cref="PointsMin"/>, or all at one x.</summary>
    public static Line? Through(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count < PointsMin)
            return null;
        double x = points.Average(p => p.X), y = points.Average(p => p.Y);
        double xx = 0, xy = 0, yy = 0;
        foreach (var point in points)
        {
            xx += (point.X - x) * (point.X - x);
            xy += (point.X - x) * (point.Y - y);
            yy += (point.Y - y) * (point.Y - y);
        }
        if (xx == 0)
            return null;
        return new Line(y - xy / xx * x, xy / xx, points.Count, yy == 0 ? null : xy * xy / (xx * yy));
    }
}
