using System.Globalization;
using CrmKpi.Domain.Kpis;

namespace CrmKpi.Query.Parameters;

/// <summary>
/// The parameter <c>input</c>: <c>lost_sales_cost.price:1200</c> gives an input of a KPI that is asked for, in the
/// input's unit (shares in percent). It may be repeated, and several are joined by commas.
/// </summary>
internal static class InputParameters
{
    public const string Name = "input";

    /// <summary>What is asked for, with its inputs given.</summary>
    public static IReadOnlyList<KpiOutput> Give(QueryParameters parameters, IReadOnlyList<KpiOutput> outputs)
    {
        if (parameters.List(Name) is not { } texts)
            return outputs;
        var inputs = outputs.DistinctBy(o => o.Id)
            .SelectMany(o => o.Formula.Inputs.Select(i => (Name: $"{o.Id}.{i.Name}", Input: i)))
            .ToDictionary(i => i.Name, i => i.Input, StringComparer.Ordinal);
        var given = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var (name, value) = Read(parameters, text, inputs, outputs);
            if (!given.TryAdd(name, value))
                throw parameters.Bad(Name, $"'{name}' is given twice; it can have one value.");
        }
        return
        [
            .. outputs.Select(o => o with
            {
                Formula = o.Formula.WithInputs(i => given.TryGetValue($"{o.Id}.{i.Name}", out var v) ? v : null),
            }),
        ];
    }

    /// <summary>What is given, as a text that is equal for equal numbers.</summary>
    public static string Canonical(IReadOnlyList<KpiOutput> outputs) => string.Join(',', outputs
        .SelectMany(o => o.Formula.Inputs.Where(i => i.Given is not null)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{o.Id}.{i.Name}:{i.Given}")))
        .Distinct());

    private static (string Name, decimal Value) Read(
        QueryParameters parameters, string text, Dictionary<string, Input> inputs, IReadOnlyList<KpiOutput> outputs)
    {
        string[] allowed = [.. inputs.Keys];
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        if (!inputs.TryGetValue(name, out var input))
            throw parameters.Bad(Name, Unknown(parameters.Names, name, outputs, allowed), allowed);
        if (colon < 0)
            throw parameters.Bad(Name, $"'{name}' has no value; write {parameters.Names.Asking(Name, $"{name}:1200")}.");
        var (min, max) = input.Range;
        var value = parameters.DecimalOf(Name, name, text[(colon + 1)..], min, max);
        return (name, Answers.JsonAnswer.Normal(value));
    }

    private static string Unknown(
        ParameterNames names, string name, IReadOnlyList<KpiOutput> outputs, string[] allowed)
    {
        var dot = name.LastIndexOf('.');
        var kpi = dot < 0 ? "" : name[..dot];
        if (dot < 0)
            return $"An input is written as KPI and name, such as lost_sales_cost.price:1200; '{name}' is not.";
        if (outputs.All(o => o.Id != kpi))
            return $"'{names["kpi"]}' does not name '{kpi}', of which '{name}' would be an input."
                + Suggestion.For(name, allowed);
        return allowed.Any(a => a.StartsWith($"{kpi}.", StringComparison.Ordinal))
            ? $"'{kpi}' has no input '{name[(dot + 1)..]}'.{Suggestion.For(name, allowed)}"
            : $"'{kpi}' has no inputs that can be given.";
    }
}
