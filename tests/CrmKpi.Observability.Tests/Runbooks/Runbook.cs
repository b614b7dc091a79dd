namespace CrmKpi.Observability.Tests.Runbooks;

/// <summary>What every runbook has.</summary>
internal static class Runbook
{
    private const int LinesMax = 60;

    private static readonly string[] Sections = ["## What it means", "## See", "## Do", "## When it is harmless"];

    /// <summary>The texts of the runbooks by their alert.</summary>
    public static IReadOnlyDictionary<string, string> All =>
        Repository.Runbooks.ToDictionary(path => Path.GetFileNameWithoutExtension(path), File.ReadAllText);

    /// <summary>What is wrong with one.</summary>
    public static IEnumerable<string> Broken(string name, string text)
    {
        var lines = text.Split('\n');
        if (lines[0] != $"# {name}")
            yield return $"{name}: is not headed by its alert";
        if (!lines.Where(l => l.StartsWith("## ", StringComparison.Ordinal)).SequenceEqual(Sections))
            yield return $"{name}: has not the sections {string.Join(", ", Sections)}";
        if (!text.Contains("```", StringComparison.Ordinal))
            yield return $"{name}: names no command";
        if (lines.Length > LinesMax)
            yield return $"{name}: is longer than {LinesMax} lines";
    }
}
