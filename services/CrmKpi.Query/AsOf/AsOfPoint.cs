using System.Globalization;
using System.Text;
using CrmKpi.Domain.Events;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.AsOf;

/// <summary>
/// The parameter <c>asOf</c>: a sequence number, or a point in time such as <c>2025-03-01T09:30:00+03:00</c>. The answer is what
/// was known then.
/// </summary>
/// <param name="Sequence">The last event known.</param>
/// <param name="Instant">Or when the last event known was recorded at the latest.</param>
internal sealed record AsOfPoint(long? Sequence, DateTimeOffset? Instant)
{
    public const string Name = "asOf";

    private const long MicrosMax = 7_289_654_400_000_000; // 2201-01-01

    /// <summary>Reads the parameter; null when it is not there.</summary>
    /// <param name="minSequence">Cannot be asked for together with it.</param>
    public static AsOfPoint? Read(QueryParameters parameters, long minSequence)
    {
        if (parameters.Single(Name) is not { } text)
            return null;
        var names = parameters.Names;
        if (minSequence > 0)
            throw parameters.Bad(
                "minSequence", $"'{names["minSequence"]}' waits for the newest answer, '{names[Name]}' asks for an old one: use one of them.");
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return new AsOfPoint(sequence, null);
        // A plus sign that was not escaped has become a space.
        if (Rfc3339.TryParseInstant(Encoding.UTF8.GetBytes(text.Replace(' ', '+')), out var micros)
            && micros is >= 0 and < MicrosMax)
            return new AsOfPoint(null, new DateTimeOffset(Rfc3339.UtcOf(micros)));
        throw parameters.Bad(
            Name,
            $"'{names[Name]}' must be a sequence number or a point in time from 1970 to 2200 with its offset, such as "
            + $"2025-03-01T09:30:00Z; it is '{text}'.",
            ["sequence", "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:ss+03:00"]);
    }
}
