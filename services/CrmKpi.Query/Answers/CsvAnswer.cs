using System.Globalization;
using System.Text;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Answers;

/// <summary>
/// A CSV (RFC 4180, UTF-8, CRLF). Text that a spreadsheet would take for a formula gets an apostrophe in front: names
/// come from whoever fills in the CRM.
/// </summary>
internal sealed class CsvAnswer
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly StringBuilder _text = new();
    private readonly CsvFormat _format;
    private bool _first = true;

    public CsvAnswer(CsvFormat format, params ReadOnlySpan<string> columns)
    {
        _format = format;
        if (format.Bom)
            _text.Append('\uFEFF');
        foreach (var column in columns)
            Add(column);
    }

    /// <summary>A text cell; null is empty.</summary>
    public CsvAnswer Add(string? text)
    {
        Separate();
        if (string.IsNullOrEmpty(text))
            return this;
        var formula = text[0] is '=' or '+' or '-' or '@' or '\t' or '\r';
        var quoted = text.AsSpan().IndexOfAny(['"', '\r', '\n', _format.Delimiter]) >= 0;
        if (quoted)
            _text.Append('"');
        if (formula)
            _text.Append('\'');
        _text.Append(quoted ? text.Replace("\"", "\"\"", StringComparison.Ordinal) : text);
        if (quoted)
            _text.Append('"');
        return this;
    }

    /// <summary>An exact number; null is empty.</summary>
    public CsvAnswer Exact(decimal? number)
    {
        Separate();
        if (number is { } n)
            _text.Append(CultureInfo.InvariantCulture, $"{JsonAnswer.Normal(n)}");
        return this;
    }

    /// <summary>A computed value; null is empty.</summary>
    public CsvAnswer Value(decimal? value) => Exact(value is { } v ? decimal.Round(v, JsonAnswer.ValueDigits) : null);

    /// <summary>A bound of an interval; null is empty.</summary>
    public CsvAnswer Value(double? value)
    {
        Separate();
        if (value is { } v)
            _text.Append(CultureInfo.InvariantCulture, $"{Math.Round(v, JsonAnswer.ValueDigits):0.##########}");
        return this;
    }

    /// <summary>A number with all of its digits, such as a probability that may be tiny; null is empty.</summary>
    public CsvAnswer Number(double? value)
    {
        Separate();
        if (value is { } v)
            _text.Append(CultureInfo.InvariantCulture, $"{v:R}");
        return this;
    }

    /// <summary>A day; null is empty.</summary>
    public CsvAnswer Day(DateOnly? day)
    {
        Separate();
        if (day is { } d)
            _text.Append(CultureInfo.InvariantCulture, $"{d:yyyy-MM-dd}");
        return this;
    }

    /// <summary>Begins the next row.</summary>
    public CsvAnswer Row()
    {
        _text.Append("\r\n");
        _first = true;
        return this;
    }

    public byte[] ToBytes() => Utf8.GetBytes(_text.Append("\r\n").ToString());

    private void Separate()
    {
        if (!_first)
            _text.Append(_format.Delimiter);
        _first = false;
    }
}
