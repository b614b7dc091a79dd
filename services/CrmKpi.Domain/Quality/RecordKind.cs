using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Quality;

/// <summary>A kind of record whose quality counts.</summary>
internal sealed record RecordKind(string Name)
{
    public static readonly RecordKind Lead = new("lead");
    public static readonly RecordKind Deal = new("deal");
    public static readonly RecordKind Customer = new("customer");

    /// <summary>The kind as the category of cells.</summary>
    public DimensionSet Dims { get; } = DimensionSet.Of((Dimensions.Category, Name));
}
