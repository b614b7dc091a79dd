using System.Globalization;
using System.Text;

namespace CrmKpi.Connectors.Csv.Values;

/// <summary>How text becomes a number.</summary>
/// <param name="DecimalMark"><c>.</c> or <c>,</c>; the other one may separate thousands.</param>
/// <param name="Declared">The mapping says so. Else <c>1,234</c> could mean two numbers, and is refused.</param>
public sealed record NumberFormat(char DecimalMark = '.', bool Declared = false)
{
    private const NumberStyles Plain =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>
    /// The number of a text. A currency sign in front or behind is dropped, and so are separators of thousands (spaces of
    /// any kind, apostrophes, the other mark) where they stand at thousands. Anything else is a problem rather than a guess.
    /// </summary>
    internal decimal Parse(string text, string column)
    {
        var clean = Clean(text);
        var mark = clean.IndexOf(DecimalMark);
        var whole = mark < 0 ? clean : clean[..mark];
        var other = DecimalMark == '.' ? ',' : '.';
        foreach (var separator in (ReadOnlySpan<char>)[' ', other])
        {
            if (!whole.Contains(separator))
                continue;
            var groups = whole.TrimStart('-', '+').Split(separator);
            var sure = Declared || separator == ' ' || groups.Length > 2 || mark >= 0;
            if (!sure || groups[0].Length is 0 or > 3 || groups.Skip(1).Any(g => g.Length != 3))
                throw Bad(text, column);
            whole = whole.Replace(separator.ToString(), "", StringComparison.Ordinal);
        }
        var plain = mark < 0 ? whole : $"{whole}.{clean[(mark + 1)..]}";
        return decimal.TryParse(plain, Plain, CultureInfo.InvariantCulture, out var value) ? value : throw Bad(text, column);
    }

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c) || c is '\'' or '’')
                clean.Append(' ');
            else if (char.GetUnicodeCategory(c) != UnicodeCategory.CurrencySymbol)
                clean.Append(c == '−' ? '-' : c);
        }
        return clean.ToString().Trim();
    }

    private RowProblemException Bad(string text, string column) => new("bad_number",
        $"\"{TimeFormat.Shorten(text)}\" is not a number with the decimal mark \"{DecimalMark}\". Correct it, or say which mark "
        + "the file uses with \"decimal\" in the mapping.", column);
}
