namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>A mistake in a mapping file.</summary>
/// <param name="Line">From 1; 0 = the whole file.</param>
/// <param name="Detail">What was wrong and what to do.</param>
public sealed record MappingProblem(long Line, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"line {Line}: {Detail}" : Detail;
}

/// <summary>A mapping file cannot be used; it names every mistake at once.</summary>
public sealed class MappingException(string file, IReadOnlyList<MappingProblem> problems) : Exception(
    string.Join(Environment.NewLine, problems.Select(p => $"{file}, {p}")))
{
    /// <summary>The mapping file.</summary>
    public string File { get; } = file;

    /// <summary>What is wrong, in the order of the lines.</summary>
    public IReadOnlyList<MappingProblem> Problems { get; } = problems;
}
