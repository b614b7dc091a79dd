namespace CrmKpi.Observability.Tests.Metrics;

/// <summary>Which metrics an expression of PromQL reads.</summary>
public static class PromMetrics
{
    private static readonly HashSet<string> LabelLists =
        new(["by", "without", "on", "ignoring", "group_left", "group_right"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Words = new(
        [
            "and", "or", "unless", "atan2", "bool", "offset", "inf", "nan", "start", "end",
            "sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk",
            "quantile",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly string[] HistogramSuffixes = ["_bucket", "_sum", "_count"];

    /// <summary>The names as they stand in the expression, each once, in order.</summary>
    /// <param name="expression">PromQL; variables of Grafana may stand for numbers, durations, label values.</param>
    /// <exception cref="FormatException">Something that is opened does not end, or a name is a pattern.</exception>
    public static IReadOnlyList<string> UsedIn(string expression)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var at = 0;
        while (at < expression.Length)
        {
            var c = expression[at];
            if (c == '#')
                at = EndOfLine(expression, at);
            else if (c is '"' or '\'' or '`')
                at = EndOfString(expression, at);
            else if (c == '[')
                at = After(expression, at, ']');
            else if (c == '{')
                at = Matchers(expression, at, names);
            else if (char.IsAsciiDigit(c) || c is '.' or '$')
                at = EndOfWord(expression, at + 1);
            else if (IsNameStart(c))
                at = Name(expression, at, names);
            else
                at++;
        }
        return [.. names];
    }

    /// <summary>What a list has for a name in an expression: the same, or its histogram; else null.</summary>
    public static string? ListedAs(string name, IReadOnlySet<string> listed) =>
        listed.Contains(name)
            ? name
            : HistogramSuffixes.Where(name.EndsWith).Select(s => name[..^s.Length]).FirstOrDefault(listed.Contains);

    private static int Name(string text, int start, SortedSet<string> names)
    {
        var end = EndOfWord(text, start);
        var word = text[start..end];
        var next = SkipSpace(text, end);
        var isCall = next < text.Length && text[next] == '(';
        if (LabelLists.Contains(word))
            return isCall ? After(text, next, ')') : end;
        if (!isCall && !Words.Contains(word))
            names.Add(word);
        return end;
    }

    // `{a="b", "name"}` and `{__name__="name"}` name a metric as well.
    private static int Matchers(string text, int start, SortedSet<string> names)
    {
        var at = start + 1;
        while (true)
        {
            at = SkipSpace(text, at);
            if (at >= text.Length)
                throw new FormatException($"No '}}' to the '{{' at {start}: {text}");
            if (text[at] == '}')
                return at + 1;
            if (text[at] is '"' or '\'' or '`')
            {
                var end = EndOfString(text, at);
                names.Add(text[(at + 1)..(end - 1)]);
                at = end;
                continue;
            }
            var label = text[at..EndOfWord(text, at)];
            at += Math.Max(1, label.Length);
            if (label.Length == 0)
                continue;
            var value = text.IndexOfAny(['"', '\'', '`'], at);
            if (value < 0)
                throw new FormatException($"The label {label} has no value: {text}");
            var isPattern = text[at..value].Contains('~') || text[at..value].Contains('!');
            at = EndOfString(text, value);
            if (label != "__name__")
                continue;
            if (isPattern)
                throw new FormatException($"A metric must be named, not given by a pattern: {text}");
            names.Add(text[(value + 1)..(at - 1)]);
        }
    }

    private static int EndOfString(string text, int start)
    {
        for (var at = start + 1; at < text.Length; at++)
            if (text[at] == '\\' && text[start] != '`')
                at++;
            else if (text[at] == text[start])
                return at + 1;
        throw new FormatException($"The string at {start} does not end: {text}");
    }

    private static int After(string text, int start, char end)
    {
        var at = text.IndexOf(end, start);
        return at >= 0 ? at + 1 : throw new FormatException($"No '{end}' to the '{text[start]}' at {start}: {text}");
    }

    private static int EndOfLine(string text, int at) =>
        text.IndexOf('\n', at) is >= 0 and var end ? end + 1 : text.Length;

    private static int EndOfWord(string text, int at)
    {
        while (at < text.Length && (IsNameStart(text[at]) || char.IsAsciiDigit(text[at]) || text[at] == '.'))
            at++;
        return at;
    }

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == ','))
            at++;
        return at;
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or ':';
}
