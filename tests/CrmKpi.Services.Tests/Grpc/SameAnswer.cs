using System.Globalization;
using System.Text.Json;
using CrmKpi.V1;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>
/// Asserts that a message says what the JSON answer of REST says, member by member. Members of the JSON that no message has are an
/// error too: a member added to one of them has to be added to the other.
/// </summary>
internal static class SameAnswer
{
    public static void Kpis(JsonElement json, long lag, KpiAnswer message)
    {
        var members = Basis(json, lag, message.Basis);
        members.Text("grain", message.Grain == Grain.Unspecified ? "none" : Word(message.Grain));
        members.Text("nextPage", message.NextPageToken);
        Warnings(members.Take("warnings"), message.Warnings);
        var compare = members.Take("compare");
        Assert.Equal(compare.ValueKind == JsonValueKind.Null, message.ComparedWith is null);
        if (message.ComparedWith is { } with)
        {
            var compared = new Members(compare);
            compared.Text("kind", with.Kind.ToString().ToLowerInvariant());
            compared.TextIfAny("match", with.Match == Comparison.Types.Match.Weekday ? "weekday" : "");
            Period(compared, with.Period);
            compared.None();
        }
        Each(members.Take("kpis"), message.Kpis, Kpi);
        members.None();
    }

    public static void Funnel(JsonElement json, long lag, Funnel message)
    {
        var members = Basis(json, lag, message.Basis);
        members.Text("pipeline", message.Pipeline);
        Warnings(members.Take("warnings"), message.Warnings);
        var summary = new Members(members.Take("summary"));
        summary.Number("leads", message.Summary.HasLeads, message.Summary.Leads);
        summary.Number("deals", message.Summary.HasDeals, message.Summary.Deals);
        summary.Number("won", message.Summary.HasWon, message.Summary.Won);
        summary.Number("lost", message.Summary.HasLost, message.Summary.Lost);
        summary.Number("dealsPerLead", message.Summary.HasDealsPerLead, message.Summary.DealsPerLead);
        summary.Number("wonPerLead", message.Summary.HasWonPerLead, message.Summary.WonPerLead);
        Value(new Members(summary.Take("winRate")), message.Summary.WinRate, isAll: true);
        summary.None();
        Each(members.Take("stages"), message.Stages, Stage);
        members.None();
    }

    public static void Explanation(JsonElement json, long lag, Explanation message)
    {
        var members = Basis(json, lag, message.Basis);
        var kpi = new Members(members.Take("kpi"));
        kpi.Text("id", message.Kpi.Id);
        kpi.Text("name", message.Kpi.Name);
        kpi.Text("meaning", message.Kpi.Meaning);
        kpi.Text("unit", message.Kpi.Unit);
        kpi.Text("zeroRule", message.Kpi.ZeroRule);
        kpi.Text("source", message.Kpi.Source);
        kpi.None();
        Each(members.Take("filter").EnumerateObject(), message.Filters, (filter, of) =>
        {
            Assert.Equal(filter.Name, of.Dimension);
            Assert.Equal(Texts(filter.Value), of.Values);
        });
        Warnings(members.Take("warnings"), message.Warnings);
        members.Text("formula", message.Formula);
        members.Text("calculation", message.Calculation);
        Value(members, message.Value, isAll: false);
        Each(members.Take("inputs"), message.Inputs, (element, input) =>
        {
            var of = new Members(element);
            of.Text("name", input.Name);
            of.Text("meaning", input.Meaning);
            of.Text("unit", input.Unit);
            of.Text("formula", input.Formula);
            of.Text("origin", input.Origin);
            of.Number("value", input.HasValue, input.Value);
            of.None();
        });
        Each(members.Take("readings"), message.Readings, Reading);
        Assert.Equal(Canonical(members.Take("settings")), Canonical(JsonDocument.Parse(message.Settings.ToString()).RootElement));
        var facts = new Members(members.Take("facts"));
        Assert.Equal(facts.Take("readings").EnumerateArray().Select(r => r.GetInt32()), message.Facts.Readings);
        Assert.Equal(facts.Take("scanned").GetInt32(), message.Facts.Scanned);
        Each(facts.Take("items"), message.Facts.Items, Fact);
        facts.None();
        members.Text("nextPage", message.NextPageToken);
        members.None();
    }

    public static void Catalogue(JsonElement json, ListCatalogueResponse message)
    {
        var members = new Members(json);
        Assert.Equal(members.Take("rulesVersion").GetInt32(), message.RulesVersion);
        Each(members.Take("kpis"), message.Kpis, (element, kpi) =>
        {
            var of = new Members(element);
            of.Text("id", kpi.Id);
            of.Text("area", kpi.Area);
            of.Text("name", kpi.Name);
            of.Text("meaning", kpi.Meaning);
            of.Text("unit", kpi.Unit);
            of.Text("better", Word(kpi.Better));
            of.Text("formula", kpi.Formula);
            Assert.Equal(Texts(of.Take("dimensions")), kpi.Dimensions);
            Assert.Equal(Texts(of.Take("defaultSplit")), kpi.DefaultSplit);
            Each(of.Take("statistics"), kpi.Statistics, (s, statistic) => Assert.Equal(
                (s.GetProperty("id").GetString(), s.GetProperty("formula").GetString()), (statistic.Id, statistic.Formula)));
            of.Text("window", kpi.Window);
            Norm(of.Take("norm"), kpi.Norm);
            of.Text("zeroRule", kpi.ZeroRule);
            of.Text("source", kpi.Source);
            Each(of.Take("inputs"), kpi.Inputs, Input);
            of.None();
        });
        Each(members.Take("measures"), message.Measures, (element, measure) =>
        {
            var of = new Members(element);
            of.Text("name", measure.Name);
            of.Text("kind", measure.Kind);
            of.Text("sum", measure.Sum);
            of.Text("meaning", measure.Meaning);
            Assert.Equal(Texts(of.Take("dimensions")), measure.Dimensions);
            of.None();
        });
        members.None();
    }

    private static Members Basis(JsonElement json, long lag, AnswerBasis basis)
    {
        var members = new Members(json);
        Assert.Equal(members.Take("lag").GetInt64(), lag);
        members.Text("tenant", basis.Tenant);
        Assert.Equal(members.Take("sequence").GetInt64(), basis.Sequence);
        Assert.Equal(members.Take("generation").GetInt32(), basis.Generation);
        Assert.Equal(members.Take("rulesVersion").GetInt32(), basis.RulesVersion);
        members.Text("currency", basis.Currency);
        members.Text("timeZone", basis.TimeZone);
        Period(members, basis.Period);
        if (members.TakeIfAny("asOf") is not { } asOf)
        {
            Assert.Null(basis.AsOf);
            return members;
        }
        Assert.Equal(asOf.GetProperty("sequence").GetInt64(), basis.AsOf.Sequence);
        Assert.Equal(
            asOf.GetProperty("recordedAt").GetString() is { } at ? DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) : null,
            basis.AsOf.RecordedAt?.ToDateTimeOffset());
        return members;
    }

    private static void Kpi(JsonElement json, KpiResult message)
    {
        var members = new Members(json);
        members.Text("id", message.Id);
        members.Text("name", message.Name);
        members.Text("unit", message.Unit);
        members.Text("better", Word(message.Better));
        members.TextIfAny("statistic", message.Statistic);
        Assert.Equal(members.TakeIfAny("windowDays")?.GetInt32(), message.HasWindowDays ? message.WindowDays : null);
        Norm(members.TakeIfAny("norm"), message.Norm);
        Each(
            members.TakeIfAny("inputs")?.EnumerateArray().ToList() ?? [], message.Inputs,
            (i, input) => Assert.Equal(
                (i.GetProperty("name").GetString(), i.GetProperty("unit").GetString(), i.GetProperty("origin").GetString()),
                (input.Name, input.Unit, input.Origin)));
        var dimensions = Texts(members.Take("groupBy"));
        Assert.Equal(dimensions, message.GroupBy);
        Assert.Equal(members.Take("groups").GetInt32(), message.Groups);
        Each(members.Take("series"), message.Series, (series, of) =>
        {
            Assert.Equal(dimensions.Select(d => series.GetProperty("group").GetProperty(d).GetString()), of.Group);
            Each(series.GetProperty("points"), of.Points, Point);
        });
        members.None();
    }

    private static void Point(JsonElement json, KpiPoint message)
    {
        var members = new Members(json);
        Period(members, message.Period);
        Assert.Equal(members.TakeIfAny("partial") is not null, message.Partial);
        Value(members, message.Value, isAll: false);
        Inputs(members, message.Inputs);
        var target = members.TakeIfAny("target");
        Assert.Equal(target?.GetRawText(), message.Target?.Value);
        if (target is not null)
            members.Number("attainment", message.Target!.HasAttainment, message.Target.Attainment);
        if (members.TakeIfAny("comparison") is { } comparison)
            Compared(members, new Members(comparison), message.Comparison);
        else
            Assert.Null(message.Comparison);
        members.None();
    }

    private static void Compared(Members point, Members other, PointComparison message)
    {
        Period(other, message.Period);
        Assert.Equal(other.TakeIfAny("scaled") is not null, message.Scaled);
        Inputs(other, message.Inputs);
        Value(other, message.Value, isAll: true);
        point.Number("change", message.HasChange, message.Change);
        point.Number("changePercent", message.HasChangePercent, message.ChangePercent);
        Interval(point.Take("changeInterval"), message.Difference?.Interval);
        var (p, significant) = (point.Take("pValue"), point.Take("significant"));
        Assert.Equal(p.ValueKind == JsonValueKind.Null, message.Difference is null);
        if (message.Difference is { } difference)
            Assert.Equal((p.GetDouble(), significant.GetBoolean()), (difference.PValue, difference.Significant));
    }

    private static void Inputs(Members members, IDictionary<string, string> message) => Assert.Equal(
        members.TakeIfAny("inputs")?.EnumerateObject().Where(i => i.Value.ValueKind == JsonValueKind.Number)
            .ToDictionary(i => i.Name, i => i.Value.GetRawText()) ?? [],
        message);

    private static void Input(JsonElement json, InputDescription message)
    {
        var members = new Members(json);
        members.Text("name", message.Name);
        members.Text("meaning", message.Meaning);
        members.Text("unit", message.Unit);
        members.Text("formula", message.Formula);
        members.Text("origin", message.Origin);
        members.Number("min", true, message.Min);
        members.Number("max", true, message.Max);
        members.None();
    }

    private static void Stage(JsonElement json, FunnelStage message)
    {
        var members = new Members(json);
        members.Text("id", message.Id);
        members.Text("name", message.Name);
        members.Text("semantic", message.Semantic == StageSemantic.Unspecified ? "" : Word(message.Semantic));
        members.Number("entered", message.HasEntered, message.Entered);
        members.Number("advanced", message.HasAdvanced, message.Advanced);
        Value(new Members(members.Take("conversion")), message.Conversion, isAll: true);
        var days = new Members(members.Take("timeDays"));
        days.Number("mean", message.Days.HasMean, message.Days.Mean);
        days.Number("median", message.Days.HasMedian, message.Days.Median);
        days.Number("p90", message.Days.HasP90, message.Days.P90);
        days.Number("n", message.Days.HasN, message.Days.N);
        days.None();
        members.Number("open", message.HasOpen, message.Open);
        members.Number("openAmount", true, message.OpenAmount);
        members.Number("stuck", message.HasStuck, message.Stuck);
        members.Number("stuckShare", message.HasStuckShare, message.StuckShare);
        members.Number("lost", true, message.Lost);
        members.Number("lostAmount", true, message.LostAmount);
        members.None();
    }

    private static void Reading(JsonElement json, Reading message)
    {
        var members = new Members(json);
        Assert.Equal(members.Take("index").GetInt32(), message.Index);
        members.Text("reads", message.Reads);
        Assert.Equal(Texts(members.Take("parts")), message.Parts.Select(p => Word(p)));
        Each(members.Take("measures"), message.Measures, (m, measure) => Assert.Equal(
            (m.GetProperty("name").GetString(), m.GetProperty("meaning").GetString()), (measure.Name, measure.Meaning)));
        members.Text("unit", message.Unit);
        members.Number("value", message.HasValue, message.Value);
        Each(members.Take("conversions"), message.Conversions, (c, conversion) =>
        {
            var of = new Members(c);
            of.Text("currency", conversion.Currency);
            of.Text("day", conversion.Day);
            of.Number("amount", true, conversion.Amount);
            of.Number("rate", conversion.HasRate, conversion.Rate);
            of.Number("value", true, conversion.Value);
            of.None();
        });
        members.None();
    }

    private static void Fact(JsonElement json, Fact message)
    {
        var members = new Members(json);
        Assert.Equal(members.Take("reading").GetInt32(), message.Reading);
        members.Text("stream", message.Stream);
        members.Text("kind", message.Kind);
        members.Text("measure", message.Measure);
        members.Text("day", message.Day);
        Assert.Equal(members.TakeIfAny("bucket")?.GetInt32(), message.HasBucket ? message.Bucket : null);
        Assert.Equal(members.Take("count").GetInt64(), message.Count);
        Assert.Equal(members.TakeIfAny("value")?.GetRawText(), message.HasValue ? message.Value : null);
        Assert.Equal(members.TakeIfAny("milliseconds")?.GetInt64(), message.HasMilliseconds ? message.Milliseconds : null);
        Assert.Equal(
            members.TakeIfAny("rate") is { ValueKind: JsonValueKind.Number } rate ? rate.GetRawText() : null,
            message.HasRate ? message.Rate : null);
        members.Number("adds", true, message.Adds);
        Assert.Equal(
            members.Take("dimensions").EnumerateObject().ToDictionary(d => d.Name, d => d.Value.GetString()!), message.Dimensions);
        members.Text("events", message.Events);
        members.None();
    }

    private static void Value(Members members, KpiValue message, bool isAll)
    {
        members.Number("value", message.HasValue, message.Value);
        members.Number("numerator", message.HasNumerator, message.Numerator);
        members.Number("denominator", message.HasDenominator, message.Denominator);
        members.Number("n", message.HasN, message.N);
        Interval(members.Take("interval"), message.Interval);
        if (isAll)
            members.None();
    }

    private static void Interval(JsonElement json, Interval? message)
    {
        Assert.Equal(json.ValueKind == JsonValueKind.Null, message is null);
        if (message is not null)
            Assert.Equal((json.GetProperty("low").GetDouble(), json.GetProperty("high").GetDouble()), (message.Low, message.High));
    }

    private static void Norm(JsonElement? json, Norm? message)
    {
        Assert.Equal(Raw(json, "low"), message is { HasLow: true } ? message.Low : null);
        Assert.Equal(Raw(json, "high"), message is { HasHigh: true } ? message.High : null);

        static string? Raw(JsonElement? norm, string name) =>
            norm?.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : null;
    }

    private static void Period(Members members, Period? message)
    {
        members.TextIfAny("from", message?.From ?? "");
        members.TextIfAny("to", message?.To ?? "");
    }

    private static void Warnings(JsonElement json, IReadOnlyList<Warning> messages) => Each(json, messages, (w, warning) =>
    {
        var members = new Members(w);
        members.Text("code", warning.Code);
        members.TextIfAny("kpi", warning.Kpi);
        members.Text("detail", warning.Detail);
        members.None();
    });

    private static void Each<T>(JsonElement json, IReadOnlyList<T> messages, Action<JsonElement, T> same) =>
        Each(json.EnumerateArray(), messages, same);

    private static void Each<TJson, T>(IEnumerable<TJson> json, IReadOnlyList<T> messages, Action<TJson, T> same)
    {
        var elements = json.ToList();
        Assert.Equal(elements.Count, messages.Count);
        for (var i = 0; i < elements.Count; i++)
            same(elements[i], messages[i]);
    }

    private static List<string> Texts(JsonElement json) => [.. json.EnumerateArray().Select(t => t.GetString()!)];

    private static string Word(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    // Numbers of a Struct are floating point: 180 and 180.0 are the same.
    private static string Canonical(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(",", json.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => $"{p.Name}:{Canonical(p.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(",", json.EnumerateArray().Select(Canonical)) + "]",
        JsonValueKind.Number => json.GetDouble().ToString(CultureInfo.InvariantCulture),
        _ => json.GetRawText(),
    };

    /// <summary>The members of an object, each to be taken once.</summary>
    private sealed class Members(JsonElement json)
    {
        private readonly Dictionary<string, JsonElement> _left = json.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);

        public JsonElement Take(string name) =>
            _left.Remove(name, out var value) ? value : throw new KeyNotFoundException($"There is no '{name}' in {json.GetRawText()}");

        public JsonElement? TakeIfAny(string name) => _left.Remove(name, out var value) ? value : null;

        public void Text(string name, string text) => Assert.Equal(Take(name).GetString() ?? "", text);

        public void TextIfAny(string name, string text) => Assert.Equal(TakeIfAny(name)?.GetString() ?? "", text);

        public void Number(string name, bool has, string text)
        {
            var value = Take(name);
            Assert.Equal(value.ValueKind == JsonValueKind.Null ? null : value.GetRawText(), has ? text : null);
        }

        public void None() => Assert.Empty(_left.Keys);
    }
}
