using System.Text.Json;
using CrmKpi.Cli.Output;

namespace CrmKpi.Cli.Kpis;

/// <summary>An explanation as text: the formula with and without numbers, its readings, and a page of the facts.</summary>
public sealed class ExplainTable(Terminal terminal)
{
    private readonly Texts _texts = terminal.Texts;

    /// <summary>Writes the explanation.</summary>
    public void Write(JsonElement answer)
    {
        var (kpi, writer) = (answer.GetProperty("kpi"), terminal.OutWriter);
        var unit = kpi.Text("unit") == "money" ? answer.Text("currency") : kpi.Text("unit");
        writer.WriteLine($"{kpi.Text("name")}, {answer.Text("from")} … {answer.Text("to")}: {Show(answer.Number("value"))} {unit}");
        writer.WriteLine(kpi.Text("meaning"));
        writer.WriteLine($"{_texts.Formula}: {answer.Text("formula")}");
        writer.WriteLine($"{_texts.Value}: {answer.Text("calculation")}");
        terminal.Out.Write(PlainTable.Of(["#", _texts.Formula, _texts.Value, _texts.Unit], new HashSet<int> { 0, 2 },
            answer.GetProperty("readings").EnumerateArray().Select(r => (IReadOnlyList<string>)
                [r.Text("index"), r.Text("reads"), Show(r.Number("value")), UnitOf(r, answer)])));
        WriteFacts([.. answer.GetProperty("facts").GetProperty("items").EnumerateArray()]);
        foreach (var warning in answer.GetProperty("warnings").EnumerateArray())
            writer.WriteLine($"{_texts.Warning}: {warning.Text("detail")}");
        if (answer.Text("nextPage") is { Length: > 0 } next)
            writer.WriteLine(terminal.Format(_texts.MoreFacts, next));
    }

    private void WriteFacts(IReadOnlyList<JsonElement> facts)
    {
        if (facts.Count == 0)
            return;
        var dimensions = facts.SelectMany(f => f.GetProperty("dimensions").EnumerateObject().Select(d => d.Name)).Distinct().ToList();
        string[] headings = ["#", "stream", _texts.Day, "n", _texts.Value, _texts.Adds, .. dimensions];
        terminal.Out.Write(PlainTable.Of(headings, new HashSet<int> { 0, 3, 4, 5 }, facts.Select(f => (IReadOnlyList<string>)
        [
            f.Text("reading"), f.Text("stream"), f.Text("day"), f.Text("count"),
            f.Number("value") is { } value ? Show(value) : "", Show(f.Number("adds")),
            .. dimensions.Select(d => f.GetProperty("dimensions").Text(d)),
        ])));
    }

    private static string UnitOf(JsonElement reading, JsonElement answer) =>
        reading.Text("unit") is var unit && unit == "money" ? answer.Text("currency") : unit;

    private string Show(decimal? value) => value?.ToString("#,0.####", _texts.Culture) ?? _texts.NoData;
}
