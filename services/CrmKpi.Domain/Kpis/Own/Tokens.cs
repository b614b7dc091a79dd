namespace CrmKpi.Domain.Kpis.Own;

internal enum TokenKind { Word, Number, Text, Sign, End }

/// <summary>A piece of a formula's text.</summary>
/// <param name="Text">A sign in its ASCII form, a quoted text without its quotes.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Offset)
{
    public bool Is(string text) => Kind is TokenKind.Sign or TokenKind.Word && Text == text;

    public override string ToString() => Kind == TokenKind.End ? "the end" : $"'{Text}'";
}

/// <summary>A formula's text in pieces. Signs may be ASCII or those that formulas are shown with.</summary>
internal sealed class Tokens
{
    private readonly string _text;
    private int _at;

    public Tokens(string text)
    {
        _text = text;
        Current = Read();
    }

    /// <summary>The piece that is next.</summary>
    public Token Current { get; private set; }

    /// <summary>Takes the next piece.</summary>
    public Token Take()
    {
        var taken = Current;
        Current = Read();
        return taken;
    }

    /// <summary>Takes the next piece if it is this word or sign.</summary>
    public bool Skip(string text)
    {
        if (!Current.Is(text))
            return false;
        Take();
        return true;
    }

    /// <summary>Takes the next piece, which must be this word or sign.</summary>
    public Token Expect(string text, string after) =>
        Current.Is(text) ? Take() : throw Unexpected($"'{text}' after {after}");

    /// <summary>The problem of a next piece that cannot stand there.</summary>
    public FormulaException Unexpected(string wanted) => new(
        FormulaProblems.Syntax, $"{wanted} is expected here, not {Current}.", Current.Offset);

    private Token Read()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        if (_at == _text.Length)
            return new Token(TokenKind.End, "", _at);
        var start = _at;
        if (IsLetter(_text[_at]))
        {
            while (_at < _text.Length && (IsLetter(_text[_at]) || char.IsAsciiDigit(_text[_at])))
                _at++;
            return new Token(TokenKind.Word, _text[start.._at], start);
        }
        return char.IsAsciiDigit(_text[_at]) ? Number(start) : _text[_at] == '"' ? Quoted(start) : Sign(start);
    }

    // A point belongs to a number only before a digit: '1..30' is a range.
    private Token Number(int start)
    {
        SkipDigits();
        if (_at + 1 < _text.Length && _text[_at] == '.' && char.IsAsciiDigit(_text[_at + 1]))
        {
            _at++;
            SkipDigits();
        }
        return new Token(TokenKind.Number, _text[start.._at], start);
    }

    private void SkipDigits()
    {
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            _at++;
    }

    // A quote in the text is written twice.
    private Token Quoted(int start)
    {
        do
        {
            var end = _text.IndexOf('"', _at + 1);
            if (end < 0)
                throw new FormulaException(FormulaProblems.Syntax, "The quoted text has no end.", start);
            _at = end + 1;
        }
        while (_at < _text.Length && _text[_at] == '"');
        var text = _text[(start + 1)..(_at - 1)].Replace("\"\"", "\"", StringComparison.Ordinal);
        return new Token(TokenKind.Text, text, start);
    }

    private Token Sign(int start)
    {
        if (_text.AsSpan(_at).StartsWith(".."))
        {
            _at += 2;
            return new Token(TokenKind.Sign, "..", start);
        }
        var sign = _text[_at] switch
        {
            '−' => "-",
            '×' => "*",
            '÷' => "/",
            '+' => "+",
            '-' => "-",
            '*' => "*",
            '/' => "/",
            '(' => "(",
            ')' => ")",
            '[' => "[",
            ']' => "]",
            ',' => ",",
            '.' => ".",
            '=' => "=",
            var other => throw new FormulaException(
                FormulaProblems.Syntax, $"The character U+{(int)other:X4} has no place in a formula.", start),
        };
        _at++;
        return new Token(TokenKind.Sign, sign, start);
    }

    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';
}
