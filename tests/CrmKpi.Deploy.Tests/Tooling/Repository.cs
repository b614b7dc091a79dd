using System.Runtime.CompilerServices;

namespace CrmKpi.Deploy.Tests;

/// <summary>Where things are in the repository.</summary>
internal static class Repository
{
    /// <summary>The folder of this project: tools, scripts.</summary>
    public static string Tests => Path.Combine(Root(), "tests", "CrmKpi.Deploy.Tests");

    /// <summary>The Helm chart.</summary>
    public static string Chart => PathOf("charts", "crm-kpi");

    /// <summary>The files of values for set-ups that shall work.</summary>
    public static IEnumerable<string> SetUps =>
        Directory.EnumerateFiles(Path.Combine(Chart, "ci"), "*-values.yaml").Order();

    /// <summary>The overlays of kustomize.</summary>
    public static IEnumerable<string> Overlays => Directory.EnumerateDirectories(PathOf("k8s", "overlays")).Order();

    /// <summary>A path from the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root(), .. parts]);

    /// <summary>The text of a file.</summary>
    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts));

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
