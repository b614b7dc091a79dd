using System.Runtime.CompilerServices;

namespace CrmKpi.Domain.Tests;

/// <summary>A page under <c>docs</c> that is generated from code.</summary>
internal static class DocsPage
{
    /// <summary>
    /// Fails when the page is not what the code says now. With CRMKPI_UPDATE_DOCS=1 it is written anew: commit it then.
    /// </summary>
    public static void Compare(string name, string expected)
    {
        var path = Path.Combine(Root(), "docs", name);
        if (Environment.GetEnvironmentVariable("CRMKPI_UPDATE_DOCS") == "1")
            File.WriteAllText(path, expected);
        Assert.Equal(expected, File.ReadAllText(path));
    }

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
