using System.Runtime.InteropServices;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Explain;

/// <summary>
/// Finds what entities add to some readings of an explanation. The states must be those of the snapshot's sequence: then the
/// facts of all entities add up to what the readings answer.
/// </summary>
public sealed class FactFinder
{
    private readonly (int Index, FactRule Rule)[] _rules;
    private readonly CubeSnapshot _snapshot;
    private readonly FoldContext _context;
    private readonly ContributionList _contributions = new();

    /// <param name="readings">What to find the facts of.</param>
    public FactFinder(
        CubeSnapshot snapshot, Period period, IReadOnlyList<DimensionFilter> filters, IEnumerable<ExplainedReading> readings)
    {
        _snapshot = snapshot;
        _context = new FoldContext(snapshot.Settings);
        _rules = [.. readings.Where(r => r.Reading is not DistinctValues)
            .Select(r => (r.Index, new FactRule(r.Reading, snapshot, period, filters)))];
        Kinds = [.. readings.Where(r => r.Reading is not DistinctValues).SelectMany(r => r.Reading.Read)
            .SelectMany(MeasureSources.Of).Distinct().Order()];
    }

    /// <summary>The kinds of entities that can have facts.</summary>
    public IReadOnlyList<EntityKind> Kinds { get; }

    /// <summary>What an entity adds; the same state gives the same facts in the same order.</summary>
    public IReadOnlyList<Fact> FactsOf(EntityState state)
    {
        _contributions.Clear();
        state.Contribute(_context, _contributions);
        var facts = new List<Fact>();
        var merged = new Dictionary<(int, DimensionSet), int>();
        foreach (ref readonly var c in _contributions.From(0))
            foreach (var (index, rule) in _rules)
            {
                if (!rule.Reads(c.Measure, c.Day, c.Dims, c.Bucket))
                    continue;
                var fact = new Fact(
                    index, state.Key, c.Measure, c.Day, c.Measure.Kind == MeasureKind.Flow ? c.Bucket : 0, c.Dims, c.Count,
                    c.Value, rule.AddsOf(c), null);
                if (!rule.Merges)
                    facts.Add(Converted(rule, fact));
                else if (merged.TryGetValue((index, c.Dims), out var at))
                    facts[at] = Sum(facts[at], fact);
                else
                {
                    merged.Add((index, c.Dims), facts.Count);
                    facts.Add(fact);
                }
            }
        return merged.Count == 0 ? facts : Lasting(facts);
    }

    private List<Fact> Lasting(List<Fact> facts)
    {
        var rules = _rules.ToDictionary(r => r.Index, r => r.Rule);
        facts.RemoveAll(f => rules[f.Reading].Merges && f.Count == 0 && f.Adds == 0);
        foreach (ref var fact in CollectionsMarshal.AsSpan(facts))
            if (rules[fact.Reading].Merges)
                fact = Converted(rules[fact.Reading], fact);
        return facts;
    }

    private static Fact Sum(Fact a, Fact b) => a with
    {
        Day = Math.Max(a.Day, b.Day),
        Count = a.Count + b.Count,
        Value = a.Value + b.Value,
        Adds = a.Adds + b.Adds,
    };

    private Fact Converted(FactRule rule, Fact fact)
    {
        if (!rule.IsMoney || fact.Dims[Dimensions.Currency] is not { } currency)
            return fact;
        var (rates, day) = (_snapshot.Money.Rates, rule.RateDay(fact.Day));
        return fact with { Adds = rates.Convert(fact.Adds, currency, day) ?? 0, Rate = rates.On(currency, day) };
    }
}
