using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using CrmKpi.Domain.Cube;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Watch;

/// <summary>An answer of a watch.</summary>
/// <param name="Snapshot">What it was computed from.</param>
/// <param name="Today">The tenant's day for which it was computed.</param>
/// <param name="Request">What was asked: of own KPIs, as they are defined now.</param>
/// <param name="Answer">As <c>GET …/kpis</c> would answer.</param>
internal sealed record WatchedAnswer(
    CubeSnapshot Snapshot, DateOnly Today, KpiRequest Request, CachedAnswer Answer, WatchId Id);

/// <summary>
/// Names an answer, so that a watcher that comes back is not told again what it knows: the sequence and a fingerprint of the values,
/// <c>42-00ff00ff00ff00ff</c>.
/// </summary>
/// <param name="Content">Null when a watcher names the sequence alone.</param>
internal readonly record struct WatchId(long Sequence, ulong? Content)
{
    private const int ContentDigits = 16;

    /// <summary>The id of an answer.</summary>
    public static WatchId Of(CubeSnapshot snapshot, CachedAnswer answer, FormatParameters format)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(
            format.IsMessage ? MessageAnswer.Content(answer.Body) : JsonAnswer.Content(answer.Body), hash);
        return new WatchId(snapshot.Sequence, BinaryPrimitives.ReadUInt64BigEndian(hash));
    }

    /// <summary>Reads what <see cref="ToString"/> wrote, or a sequence alone; null when it is neither.</summary>
    public static WatchId? Parse(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!long.TryParse(
                dash < 0 ? text : text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return null;
        if (dash < 0)
            return new WatchId(sequence, null);
        return text.Length - dash - 1 == ContentDigits
            && ulong.TryParse(text.AsSpan(dash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var content)
            ? new WatchId(sequence, content) : null;
    }

    /// <summary>True when an answer says nothing that this one has not said.</summary>
    public bool Covers(WatchId later) => Content is { } content ? content == later.Content : Sequence == later.Sequence;

    /// <inheritdoc/>
    public override string ToString() => Content is { } content
        ? string.Create(CultureInfo.InvariantCulture, $"{Sequence}-{content:x16}")
        : Sequence.ToString(CultureInfo.InvariantCulture);
}
