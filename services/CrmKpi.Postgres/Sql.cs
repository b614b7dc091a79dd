using System.Collections.Concurrent;
using System.Reflection;

namespace CrmKpi.Postgres;

/// <summary>The embedded .sql files of an assembly, read once.</summary>
public static class Sql
{
    private static readonly ConcurrentDictionary<(Assembly, string), string> Texts = new();

    /// <summary>A file of the assembly of <typeparamref name="TOwner"/>.</summary>
    /// <param name="name">Its path below the project with dots, for example <c>Sql.lock_head.sql</c>.</param>
    public static string Text<TOwner>(string name) => Texts.GetOrAdd((typeof(TOwner).Assembly, name), static key =>
    {
        var resource = $"{key.Item1.GetName().Name}.{key.Item2}";
        using var stream = key.Item1.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"No embedded file '{resource}'.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });
}
