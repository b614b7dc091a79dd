using System.Text.RegularExpressions;

namespace CrmKpi.Domain.Kpis.Own;

/// <summary>Who has defined a KPI.</summary>
public enum KpiOwner { Agency, Tenant }

/// <summary>A KPI that an agency or a tenant defines: data, checked when it is saved.</summary>
/// <param name="Formula">The text as its author wrote it, see <see cref="ParsedFormula"/>.</param>
/// <param name="IsShare">The value is a part of a whole: it gets n and an interval.</param>
public sealed partial record OwnKpi(
    string Id, Text Name, Text Meaning, KpiUnit Unit, Better Better, string Formula, Norm? Norm, bool IsShare)
{
    /// <summary>The form of an id.</summary>
    public const string IdPattern = "^[a-z][a-z0-9_]{0,62}$";

    /// <summary>The most KPIs of one owner.</summary>
    public const int PerOwnerMax = 200;

    /// <summary>Addresses below <c>…/kpis/</c> that are no KPI's.</summary>
    private static readonly string[] Reserved = ["own", "explain", "catalogue"];

    /// <summary>What is wrong with an id; null when it can be used.</summary>
    public static KpiProblem? ProblemOf(string id)
    {
        if (!IdRegex().IsMatch(id))
            return new KpiProblem(
                "bad_id", $"A KPI's id must match {IdPattern}: lower-case letters, digits and underscores.", "/id");
        if (Reserved.Contains(id, StringComparer.Ordinal))
            return new KpiProblem("bad_id", $"'{id}' is an address of the API; choose another id.", "/id");
        return Catalogue.Find(id) is null
            ? null
            : new KpiProblem("id_taken", $"'{id}' is a KPI of the catalogue; choose another id.", "/id");
    }

    /// <summary>The declaration that is evaluated.</summary>
    internal Kpi Declare(Formula formula, KpiOwner owner) => new()
    {
        Id = Id,
        Area = KpiArea.Own,
        Name = Name,
        Meaning = Meaning,
        Unit = Unit,
        Better = Better,
        Norm = Norm,
        Source = owner == KpiOwner.Tenant ? "defined by the tenant" : "defined by the agency",
        Variants = [new("", formula, IsShare ? Sample.Share : Sample.None)],
    };

    // \z: $ would also match before a final line feed.
    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdRegex();
}

/// <summary>Why a definition cannot be used.</summary>
/// <param name="Code">Stable and machine-readable.</param>
/// <param name="Detail">What is wrong and what to do.</param>
/// <param name="Pointer">The place in the definition.</param>
public sealed record KpiProblem(string Code, string Detail, string Pointer)
{
    /// <summary>The place in the formula, from 1; null when the formula is not the trouble.</summary>
    public int? Line { get; init; }

    /// <summary>As <see cref="Line"/>.</summary>
    public int? Column { get; init; }

    /// <summary>The values that would have been right.</summary>
    public IReadOnlyList<string>? Allowed { get; init; }

    internal static KpiProblem Of(FormulaException e, string formula)
    {
        var (line, column) = e.PlaceIn(formula);
        return new KpiProblem(e.Code, $"{e.Message} (line {line}, column {column})", "/formula")
        {
            Line = line,
            Column = column,
        };
    }
}

/// <summary>A definition cannot be read.</summary>
public sealed class KpiProblemException(KpiProblem problem) : Exception(problem.Detail)
{
    public KpiProblem Problem { get; } = problem;
}
