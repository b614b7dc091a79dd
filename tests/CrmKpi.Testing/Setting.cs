using System.Globalization;

namespace CrmKpi.Testing;

/// <summary>Settings of long tests.</summary>
public static class Setting
{
    /// <summary>The number in an environment variable, or another.</summary>
    public static int Of(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
