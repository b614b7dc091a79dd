using System.Globalization;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Query.Answers;

/// <summary>
/// Entity tags of answers, <c>W/"42-9f86d081884c7d65"</c>: the sequence, and a hash of all else that the answer depends on but for its
/// lag. Weak, because the lag in a body may differ, and because answers are compressed on their way. They are made without
/// computing the answer, and are the same on every instance of a build.
/// </summary>
internal static class EntityTags
{
    private const ulong FnvOffset = 14_695_981_039_346_656_037;
    private const ulong FnvPrime = 1_099_511_628_211;

    // Another build may answer otherwise, from the same events.
    private static readonly ulong Build = Hash(
        $"{typeof(EntityTags).Module.ModuleVersionId}|{typeof(CubeSnapshot).Module.ModuleVersionId}", FnvOffset);

    /// <summary>The tag of an answer from a snapshot.</summary>
    /// <param name="key">The question, the day, and what else the answer depends on.</param>
    public static string Of(CubeSnapshot snapshot, string key) => Of(
        snapshot.Sequence,
        string.Create(
            CultureInfo.InvariantCulture, $"{snapshot.Tenant}|{snapshot.Generation}|{snapshot.RulesVersion}|{key}"));

    /// <summary>The tag of anything.</summary>
    /// <param name="version">Shown as it is.</param>
    /// <param name="key">Hashed.</param>
    public static string Of(long version, string key) =>
        string.Create(CultureInfo.InvariantCulture, $"W/\"{version}-{Hash(key, Build):x16}\"");

    private static ulong Hash(string text, ulong hash)
    {
        foreach (var c in text)
            hash = (hash ^ c) * FnvPrime;
        return hash;
    }
}
