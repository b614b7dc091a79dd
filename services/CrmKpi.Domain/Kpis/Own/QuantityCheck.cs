namespace CrmKpi.Domain.Kpis.Own;

/// <summary>
/// Finds what a formula measures; money cannot be added to a count. A written number takes the quantity of what it is
/// added to
/// (<c>… else 0</c>, <c>sum(deals_won) - 1000</c>); as a factor it is a plain number.
/// </summary>
/// <param name="offsetOf">Where a part stands in the text.</param>
/// <param name="of">What the KPIs that are referred to measure.</param>
internal sealed class QuantityCheck(Func<Formula, int> offsetOf, Func<string, Quantity?> of)
{
    /// <summary>What a formula measures; null for written numbers only.</summary>
    /// <exception cref="FormulaException">Quantities do not fit, or something is divided by 0 always.</exception>
    public Quantity? Of(Formula part) => part switch
    {
        Constant => null,
        Reference reference => of(reference.Id),
        Reading reading => Quantity.Of(reading),
        Operation operation => Of(operation),
        Input input => Of(input.Default),
        _ => throw new InvalidOperationException($"No quantity is known for '{part}'."),
    };

    private Quantity? Of(Operation operation)
    {
        var (left, right) = (Of(operation.Left), Of(operation.Right));
        switch (operation.Operator)
        {
            case Operator.Times:
                return left is null && right is null ? null : (left ?? default) * (right ?? default);
            case Operator.Over:
                if (ValueOf(operation.Right) == 0)
                    throw new FormulaException(
                        FormulaProblems.DivisionByZero, "This divides by 0 always.", offsetOf(operation));
                return left is null && right is null ? null : (left ?? default) / (right ?? default);
            default:
                if (left is { } a && right is { } b && a != b)
                    throw new FormulaException(
                        FormulaProblems.UnitMismatch,
                        $"'{SignOf(operation.Operator)}' cannot join {a} and {b}.", offsetOf(operation));
                return left ?? right;
        }
    }

    /// <summary>The value of a part that reads nothing; null for others.</summary>
    private decimal? ValueOf(Formula part)
    {
        if (part is Constant constant)
            return constant.Value;
        if (part is not Operation operation || ValueOf(operation.Left) is not { } left
            || ValueOf(operation.Right) is not { } right)
            return null;
        try
        {
            return operation.Operator switch
            {
                Operator.Plus => left + right,
                Operator.Minus => left - right,
                Operator.Times => left * right,
                Operator.Over => right == 0 ? null : left / right,
                Operator.Max => Math.Max(left, right),
                Operator.Min => Math.Min(left, right),
                _ => left,
            };
        }
        catch (OverflowException)
        {
            throw new FormulaException(
                FormulaProblems.NumberOutOfRange, "The numbers here give more than can be computed with.",
                offsetOf(part));
        }
    }

    private static string SignOf(Operator sign) => sign switch
    {
        Operator.Plus => "+",
        Operator.Minus => "-",
        Operator.Max => "max",
        Operator.Min => "min",
        _ => "else",
    };
}
