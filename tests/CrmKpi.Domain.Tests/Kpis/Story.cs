using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Writes the cells of a few facts, for worked examples that read like a definition.</summary>
internal sealed class Story
{
    private readonly List<Contribution> _cells = [];
    private readonly List<(string Customer, int Day, long Micros)> _purchases = [];

    public TenantSettings Settings { get; init; } = new() { Currency = "EUR", InactivityDays = World.Inactivity };

    public CubeSnapshot Snapshot()
    {
        var world = new World();
        foreach (var customer in _purchases.GroupBy(p => p.Customer))
            world.Customers.Add(new(DimensionSet.Empty, [.. customer.OrderBy(p => p.Day).Select(p => (p.Day, p.Micros))]));
        return CubeSnapshot.From("t", Settings, _cells.Concat(world.Cells()));
    }

    public Story Leads(string day, int count, string? source = null, string? manager = null, int? convertedAfter = null)
    {
        var dims = Dims((Dimensions.Source, source), (Dimensions.Manager, manager));
        Cell(Measures.LeadsCreated, day, dims, 0, count);
        if (convertedAfter is { } days)
            Cell(Measures.LeadsConverted, day, dims, days, count);
        return this;
    }

    public Story Won(string day, decimal amount, string? manager = null, int cycleDays = 0)
    {
        var dims = Dims((Dimensions.Manager, manager));
        Cell(Measures.DealsWon, day, dims, 0, 1, Micros(amount));
        return Duration(Measures.SalesCycle, day, cycleDays * 86_400_000L, dims);
    }

    public Story Lost(string day, decimal amount, string? reason = null) =>
        Cell(Measures.DealsLost, day, Dims((Dimensions.Reason, reason)), 0, 1, Micros(amount));

    public Story Opened(string day, decimal amount, string stage, string? closed = null, string? stuckFrom = null)
    {
        var dims = Dims((Dimensions.Stage, stage), (Dimensions.Pipeline, "main"));
        Level(Measures.DealsOpen, day, closed, dims, amount);
        Level(Measures.DealsOpenWeighted, day, closed, dims, amount / 2);
        if (stuckFrom is not null)
            Level(Measures.DealsStuck, stuckFrom, closed, dims, amount);
        return this;
    }

    public Story Entered(string day, string stage, int count, int advanced)
    {
        var dims = Dims((Dimensions.Stage, stage), (Dimensions.Pipeline, "main"));
        Cell(Measures.StageEntered, day, dims, 0, count);
        return Cell(Measures.StageAdvanced, day, dims, 0, advanced);
    }

    public Story Duration(Measure measure, string day, long milliseconds, DimensionSet? dims = null) =>
        Cell(measure, day, dims ?? DimensionSet.Empty, Histogram.BucketOf(milliseconds), 1, milliseconds);

    public Story Bought(string customer, string day, decimal amount = 10)
    {
        _purchases.Add((customer, Ask.Day(day), Micros(amount)));
        return this;
    }

    public Story Margin(string day, decimal margin, decimal amount)
    {
        Cell(Measures.PurchaseMargin, day, DimensionSet.Empty, 0, 1, Micros(margin));
        return Cell(Measures.PurchaseMarginBase, day, DimensionSet.Empty, 0, 1, Micros(amount));
    }

    public Story Spent(string day, decimal amount, string category, string? channel = null) =>
        Cell(Measures.Cost, day, Dims((Dimensions.Category, category), (Dimensions.Channel, channel)), 0, 1, Micros(amount));

    public Story Gained(string day, decimal amount, string category) =>
        Cell(Measures.Benefit, day, Dims((Dimensions.Category, category)), 0, 1, Micros(amount));

    /// <summary>An amount, or a number, of a measure under the dimensions that brought it.</summary>
    public Story Touched(
        Measure measure, string day, decimal value, string? channel = null, string? campaign = null, string? source = null) =>
        Cell(measure, day,
            Dims((Dimensions.Channel, channel), (Dimensions.Campaign, campaign), (Dimensions.Source, source)), 0, 1,
            measure.Unit == MeasureUnit.MoneyMicros ? Micros(value) : (long)value);

    public Story Counted(
        Measure measure, string day, int count, Dimensions dimension = Dimensions.None, string? value = null, int bucket = 0) =>
        Cell(measure, day, dimension == Dimensions.None ? DimensionSet.Empty : Dims((dimension, value)), bucket, count);

    public Story Scored(Measure survey, string day, int bucket, int count, decimal score = 0) =>
        Cell(survey, day, DimensionSet.Empty, bucket, count, Micros(score * count));

    public Story Cell(Measure measure, string day, DimensionSet dims, int bucket, int count, long value = 0)
    {
        if (count != 0)
            _cells.Add(new(measure, Ask.Day(day), dims, bucket, count, value));
        return this;
    }

    private void Level(Measure measure, string from, string? to, DimensionSet dims, decimal amount)
    {
        Cell(measure, from, dims, 0, 1, Micros(amount));
        if (to is not null)
            Cell(measure, to, dims, 0, -1, -Micros(amount));
    }

    private static DimensionSet Dims(params ReadOnlySpan<(Dimensions, string?)> values) => DimensionSet.Of(values);

    private static long Micros(decimal amount) => (long)(amount * 1_000_000);
}
