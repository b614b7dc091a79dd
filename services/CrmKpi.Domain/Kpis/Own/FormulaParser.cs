using System.Globalization;

namespace CrmKpi.Domain.Kpis.Own;

/// <summary>
/// Reads formulas:
/// <code>
/// formula = sum { "else" sum }
/// sum     = product { ("+" | "-") product }
/// product = operand { ("*" | "/") operand }
/// operand = ["-"] number | "(" formula ")" | ("max" | "min") "(" formula "," formula ")" | reading
/// </code>
/// Readings are those of <see cref="ReadingParser"/>.
/// </summary>
internal sealed class FormulaParser
{
    private const int StrongestBinding = 2;

    private readonly Tokens _tokens;
    private readonly ReadingParser _readings;
    private readonly Dictionary<Formula, int> _offsets = new(ReferenceEqualityComparer.Instance);
    private int _nesting;

    private FormulaParser(string text)
    {
        _tokens = new Tokens(text);
        _readings = new ReadingParser(_tokens);
    }

    public static ParsedFormula Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new FormulaException(FormulaProblems.Syntax, "The formula is empty.", 0);
        if (text.Length > ParsedFormula.CharsMax)
            throw new FormulaException(
                FormulaProblems.TooLong,
                $"The formula has {text.Length} characters; it may have {ParsedFormula.CharsMax}. Make KPIs of its parts and "
                + "refer to them with kpi(…).", ParsedFormula.CharsMax);
        var parser = new FormulaParser(text);
        var tree = parser.Joined(0);
        if (parser._tokens.Current.Kind != TokenKind.End)
            throw parser._tokens.Unexpected("An operator (+ - * / else) or the end");
        return new ParsedFormula(text, tree, parser._offsets);
    }

    /// <summary>Operands joined by operators that bind this strongly or more.</summary>
    private Formula Joined(int binding)
    {
        if (binding > StrongestBinding)
            return Operand();
        var left = Joined(binding + 1);
        while (OperatorOf(_tokens.Current) is { } sign && Operation.Binding(sign) == binding)
        {
            var offset = _tokens.Take().Offset;
            left = Noted(new Operation(sign, left, Joined(binding + 1)), offset);
        }
        return left;
    }

    private Formula Operand()
    {
        var token = _tokens.Current;
        if (token.Kind == TokenKind.Number)
            return Noted(Number(negative: false), token.Offset);
        if (token.Is("max") || token.Is("min"))
            return Chosen(_tokens.Take());
        if (token.Kind == TokenKind.Word && !token.Is("else"))
            return Noted(_readings.Read(), token.Offset);
        if (_tokens.Skip("-"))
            return _tokens.Current.Kind == TokenKind.Number
                ? Noted(Number(negative: true), token.Offset)
                : throw _tokens.Unexpected("A number after a minus in front (else write '0 - …')");
        if (!_tokens.Skip("("))
            throw _tokens.Unexpected("A number, a measure, a function or '('");
        Nest(token);
        var inner = Joined(0);
        _nesting--;
        _tokens.Expect(")", "an operand, to close the bracket");
        return inner;
    }

    private Formula Chosen(Token name)
    {
        _tokens.Expect("(", $"the function '{name.Text}'");
        Nest(name);
        var left = Joined(0);
        _tokens.Expect(",", $"the first of the two that '{name.Text}' chooses from");
        var right = Joined(0);
        _nesting--;
        _tokens.Expect(")", $"what '{name.Text}' takes");
        return Noted(new Operation(name.Is("max") ? Operator.Max : Operator.Min, left, right), name.Offset);
    }

    private void Nest(Token open)
    {
        if (++_nesting > ParsedFormula.NestingMax)
            throw new FormulaException(
                FormulaProblems.TooLong, $"Brackets are nested deeper than {ParsedFormula.NestingMax} levels.", open.Offset);
    }

    private Constant Number(bool negative)
    {
        var token = _tokens.Take();
        var point = token.Text.IndexOf('.', StringComparison.Ordinal);
        if (!decimal.TryParse(token.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > ParsedFormula.NumberMax
            || (point >= 0 && token.Text.Length - point - 1 > ParsedFormula.NumberDigitsMax))
            throw new FormulaException(
                FormulaProblems.NumberOutOfRange,
                $"A number goes up to {ParsedFormula.NumberMax} and has at most {ParsedFormula.NumberDigitsMax} digits behind its "
                + "point.", token.Offset);
        return new Constant(negative ? -value : value);
    }

    private Formula Noted(Formula part, int offset)
    {
        // The mean of a measure is a tree of its own.
        if (part is Operation operation)
            foreach (var inner in new[] { operation.Left, operation.Right })
                _offsets.TryAdd(inner, offset);
        _offsets[part] = offset;
        if (_offsets.Count > ParsedFormula.NodesMax)
            throw new FormulaException(
                FormulaProblems.TooLong,
                $"The formula has more than {ParsedFormula.NodesMax} numbers, readings and operators.", offset);
        return part;
    }

    private static Operator? OperatorOf(Token token) =>
        token.Kind is TokenKind.Number or TokenKind.End ? null : token.Text switch
        {
            "+" => Operator.Plus,
            "-" => Operator.Minus,
            "*" => Operator.Times,
            "/" => Operator.Over,
            "else" => Operator.Else,
            _ => null,
        };
}
