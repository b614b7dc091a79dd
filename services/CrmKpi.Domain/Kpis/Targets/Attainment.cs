namespace CrmKpi.Domain.Kpis.Targets;

/// <summary>How far a value has come towards what was wanted.</summary>
public static class Attainment
{
    /// <summary>
    /// In percent, 100 = reached, more = better than wanted, whichever way is better: value ÷ wanted when more is better,
    /// wanted ÷ value when less is. Where a quotient says nothing, because one of the two is 0 or below, it is 100 when the value is
    /// as good as wanted and 0 when it is not.
    /// </summary>
    /// <returns>Null without a value.</returns>
    public static decimal? Of(decimal? value, decimal wanted, Better better)
    {
        if (value is not { } reached)
            return null;
        if (reached > 0 && wanted > 0)
            return better == Better.Up ? reached * 100 / wanted : wanted * 100 / reached;
        return (better == Better.Up ? reached >= wanted : reached <= wanted) ? 100 : 0;
    }
}
