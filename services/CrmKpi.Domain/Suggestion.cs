namespace CrmKpi.Domain;

/// <summary>Finds the word that was probably meant.</summary>
public static class Suggestion
{
    private const int CandidateCharsMax = 64;

    /// <summary>" Did you mean 'x'?" for the nearest word, or nothing when none is near.</summary>
    public static string For(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > CandidateCharsMax)
            return "";
        var (best, distance) = known
            .Select(k => (Word: k, Distance: Distance(word.ToLowerInvariant(), k.ToLowerInvariant())))
            .DefaultIfEmpty((Word: "", Distance: int.MaxValue))
            .MinBy(c => c.Distance);
        return distance <= Math.Max(2, best.Length / 3) ? $" Did you mean '{best}'?" : "";
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
