namespace CrmKpi.Domain.Kpis.Own;

/// <summary>
/// The KPIs of one owner with their formulas put together. A name means a KPI of the catalogue, else one of this owner,
/// else one
/// of the owner below: an agency's KPI never depends on a tenant's.
/// </summary>
internal sealed class KpiLayer
{
    private readonly KpiOwner _owner;
    private readonly KpiLayer? _below;
    private readonly Dictionary<string, Func<OwnKpi>> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OwnKpiEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<string> _path = [];

    public KpiLayer(KpiOwner owner, IEnumerable<StoredKpi> stored, KpiLayer? below)
    {
        (_owner, _below) = (owner, below);
        foreach (var (id, json) in stored)
            _definitions.Add(id, () => OwnKpiJson.Read(id, json));
    }

    /// <summary>The ids of this owner.</summary>
    public IEnumerable<string> Ids => _definitions.Keys;

    /// <summary>The KPI of this owner or of the one below; null when neither has it.</summary>
    public OwnKpiEntry? Find(string id)
    {
        if (_entries.TryGetValue(id, out var entry))
            return entry;
        if (!_definitions.TryGetValue(id, out var read))
            return _below?.Find(id);
        _path.Add(id);
        try
        {
            entry = Compile(id, read);
        }
        finally
        {
            _path.RemoveAt(_path.Count - 1);
        }
        return _entries[id] = entry;
    }

    private OwnKpiEntry Compile(string id, Func<OwnKpi> read)
    {
        OwnKpi? kpi = null;
        try
        {
            kpi = read();
            if (OwnKpi.ProblemOf(id) is { } taken)
                return new OwnKpiEntry(id, _owner, kpi, null, taken);
            var parsed = ParsedFormula.Parse(kpi.Formula);
            var referred = new Dictionary<string, Meant>(StringComparer.Ordinal);
            foreach (var reference in parsed.References)
                if (!referred.ContainsKey(reference.Id))
                    referred.Add(reference.Id, Meaning(reference.Id, kpi.Unit, parsed.OffsetOf(reference)));
            var formula = Link(kpi, parsed, referred);
            return new OwnKpiEntry(id, _owner, kpi, new KpiOutput(
                kpi.Declare(formula, _owner), id, null, null, formula, kpi.IsShare ? Sample.Share : Sample.None), null);
        }
        catch (FormulaException e)
        {
            return new OwnKpiEntry(id, _owner, kpi, null, KpiProblem.Of(e, kpi!.Formula));
        }
        catch (KpiProblemException e)
        {
            return new OwnKpiEntry(id, _owner, kpi, null, e.Problem);
        }
    }

    private Meant Meaning(string id, KpiUnit unit, int offset)
    {
        if (Catalogue.Resolve(id) is { } output)
            return new Meant(output.Formula, new QuantityCheck(_ => offset, _ => null).Of(output.Formula));
        if (_path.IndexOf(id) is >= 0 and var start)
            throw new FormulaException(
                FormulaProblems.Cycle, $"KPIs refer to each other in a circle: {string.Join(" → ", _path.Skip(start).Append(id))}.",
                offset);
        if (Find(id) is not { } entry)
            throw new FormulaException(
                FormulaProblems.UnknownKpi, $"There is no KPI '{id}'.{Suggestion.For(id, Known())}", offset);
        if (entry.Problem is { } problem)
            throw new FormulaException(
                problem.Code == FormulaProblems.Cycle ? FormulaProblems.Cycle : FormulaProblems.BrokenReference,
                $"The KPI '{id}' cannot be computed: {problem.Detail}", offset);
        // Its numbers may be written for its own time unit.
        var (formula, its) = (entry.Output!.Formula, entry.Definition!.Unit);
        if (its.Milliseconds() != unit.Milliseconds() && formula.Readings.Any(Quantity.IsDuration))
            throw new FormulaException(
                FormulaProblems.UnitMismatch,
                $"The KPI '{id}' computes durations in the time unit of '{its.Code()}', which is not that of '{unit.Code()}'.", offset);
        return new Meant(formula, Quantity.Of(its));
    }

    private IEnumerable<string> Known() =>
        Catalogue.All.Select(k => k.Id).Concat(_definitions.Keys).Concat(_below?.Known() ?? []);

    private static Formula Link(OwnKpi kpi, ParsedFormula parsed, Dictionary<string, Meant> referred)
    {
        var nodes = parsed.NodesWithoutReferences
            + parsed.References.Sum(r => ParsedFormula.CountOf(referred[r.Id].Formula));
        if (nodes > ParsedFormula.NodesMax)
            throw new FormulaException(
                FormulaProblems.TooLong,
                $"With the KPIs that it refers to the formula has {nodes} numbers, readings and operators; "
                + $"it may have {ParsedFormula.NodesMax}.", 0);
        var quantities = new QuantityCheck(parsed.OffsetOf, id => referred[id].Quantity);
        var quantity = quantities.Of(parsed.Tree);
        var linked = Linked(parsed.Tree);
        if (!linked.Measures.Any())
            throw new FormulaException(FormulaProblems.NothingRead, "The formula reads no measure.", 0);
        if (quantity is { } found && found != Quantity.Of(kpi.Unit))
            throw new FormulaException(
                FormulaProblems.UnitMismatch,
                $"The formula gives {found}, but the unit '{kpi.Unit.Code()}' is {Quantity.Of(kpi.Unit)}.", 0);
        if (kpi.Unit == KpiUnit.Minutes && linked.Readings.FirstOrDefault(Quantity.IsInDays) is { } days)
            throw new FormulaException(
                FormulaProblems.UnitMismatch, $"'{days}' is in days: the unit of the KPI cannot be 'minutes'.", 0);
        if (kpi.IsShare && !(linked is Operation { Operator: Operator.Over } ratio
            && quantities.Of(ratio.Left) == Quantity.Number && quantities.Of(ratio.Right) == Quantity.Number))
            throw new FormulaException(
                FormulaProblems.NotAShare,
                "'sample' can be 'share' only when the formula divides a part by its whole, both counted, such as a / (a + b).", 0);
        return linked;

        Formula Linked(Formula tree) => tree switch
        {
            Reference reference => referred[reference.Id].Formula,
            Operation operation => operation with { Left = Linked(operation.Left), Right = Linked(operation.Right) },
            _ => tree,
        };
    }

    /// <summary>What a name in a formula stands for.</summary>
    private sealed record Meant(Formula Formula, Quantity? Quantity);
}
