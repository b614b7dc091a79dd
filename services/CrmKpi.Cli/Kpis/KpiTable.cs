using System.Text.Json;
using CrmKpi.Cli.Output;

namespace CrmKpi.Cli.Kpis;

/// <summary>A KPI answer as a table: one row per KPI, group and part of the period.</summary>
public sealed class KpiTable(Terminal terminal)
{
    private readonly Texts _texts = terminal.Texts;

    /// <summary>Writes the table and the notes under it.</summary>
    public void Write(JsonElement answer)
    {
        var rows = Rows(answer).ToList();
        var dimensions = rows.SelectMany(r => r.Group.Keys).Distinct().ToList();
        var periods = rows.Select(r => r.Period).Distinct().Count() > 1;
        var compared = rows.Exists(r => r.Before is not null);
        var norms = rows.Exists(r => r.Norm.Length > 0);
        string[] headings =
        [
            "KPI", .. dimensions, .. If(periods, _texts.Period), _texts.Value, _texts.Unit, "n",
            .. If(compared, _texts.Before, _texts.Change), .. If(norms, _texts.Norm),
        ];
        var value = Array.IndexOf(headings, _texts.Value);
        HashSet<int> right = [value, value + 2, .. compared ? [value + 3, value + 4] : Array.Empty<int>()];
        terminal.Out.Write(PlainTable.Of(headings, right, rows.Select(r => (IReadOnlyList<string>)
        [
            r.Name, .. dimensions.Select(d => r.Group.GetValueOrDefault(d, "")), .. If(periods, r.Period), r.Value, r.Unit, r.N,
            .. If(compared, r.Before ?? "", r.Change), .. If(norms, r.Norm),
        ])));
        foreach (var warning in answer.GetProperty("warnings").EnumerateArray())
            terminal.OutWriter.WriteLine($"{_texts.Warning}: {warning.Text("detail")}");
        if (answer.Text("nextPage") is { Length: > 0 } next)
            terminal.OutWriter.WriteLine(terminal.Format(_texts.MoreGroups, next));
    }

    /// <summary>The usual range of a KPI: <c>15–30</c>, <c>> 80</c>; empty when it has none.</summary>
    public string Norm(JsonElement kpi)
    {
        if (!kpi.TryGetProperty("norm", out var norm) || norm.ValueKind != JsonValueKind.Object)
            return "";
        return (norm.Number("low"), norm.Number("high")) switch
        {
            ({ } low, { } high) => $"{Plain(low)}–{Plain(high)}",
            ({ } low, null) => $"> {Plain(low)}",
            (null, { } high) => $"< {Plain(high)}",
            _ => "",
        };
    }

    private IEnumerable<Row> Rows(JsonElement answer)
    {
        var currency = answer.Text("currency");
        foreach (var kpi in answer.GetProperty("kpis").EnumerateArray())
        {
            var unit = kpi.Text("unit");
            var name = kpi.Text("name") + kpi.Text("statistic") switch { "" => "", var statistic => $" ({statistic})" }
                + kpi.Text("windowDays") switch { "" => "", var days => $" (≤ {days} d)" };
            foreach (var series in kpi.GetProperty("series").EnumerateArray())
            {
                var group = series.GetProperty("group").EnumerateObject().ToDictionary(
                    g => g.Name, g => g.Value.GetString() is { } text and not "(blank)" ? text : _texts.Blank);
                foreach (var point in series.GetProperty("points").EnumerateArray())
                {
                    var compared = point.TryGetProperty("comparison", out var comparison);
                    yield return new Row(
                        name, group, $"{point.Text("from")} … {point.Text("to")}", Show(point.Number("value"), unit),
                        unit == "money" ? currency : unit, Plain(point.Number("n")),
                        compared ? Show(comparison.Number("value"), unit) : null,
                        compared ? Show(point.Number("change"), unit) : "", Norm(kpi));
                }
            }
        }
    }

    private string Show(decimal? value, string unit) => value is not { } number
        ? _texts.NoData
        : number.ToString(unit == "count" && number == decimal.Truncate(number) ? "N0" : Math.Abs(number) < 1 ? "0.####" : "N2", _texts.Culture);

    private string Plain(decimal? value) => value?.ToString("#,0.####", _texts.Culture) ?? "";

    private static string[] If(bool condition, params string[] values) => condition ? values : [];

    private sealed record Row(
        string Name, Dictionary<string, string> Group, string Period, string Value, string Unit, string N, string? Before,
        string Change, string Norm);
}
