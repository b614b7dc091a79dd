using CrmKpi.Hosting.Problems;

namespace CrmKpi.Query.Answers;

/// <summary>A value with more digits than can be computed with: only a formula of an own KPI can multiply that much.</summary>
internal static class OutOfRange
{
    private static readonly Problem Problem = new(
        StatusCodes.Status422UnprocessableEntity, "value_out_of_range",
        "A value is larger than can be computed with (28 digits). Change the formula of the own KPI that multiplies so much.")
    {
        Parameter = "kpi",
    };

    /// <summary>Computes; ends the request with a problem when a value is out of range.</summary>
    public static T Guard<T>(Func<T> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw new ProblemException(Problem);
        }
    }
}
