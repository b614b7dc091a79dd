using System.Globalization;
using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Domain.Periods;
using CrmKpi.Hosting.Problems;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Parameters;
using Microsoft.AspNetCore.WebUtilities;

namespace CrmKpi.Query.Kpis;

/// <summary>A request for KPIs.</summary>
internal sealed record KpiRequest : AnswerRequest
{
    public override string Kind => "kpis";

    private static readonly string[] Known =
    [
        "kpi", .. PeriodParameters.Known, "grain", "groupBy", FilterParameters.Name, InputParameters.Name,
        .. ComparisonParameters.Names, "minSequence", AsOfPoint.Name, "limit", "page", .. FormatParameters.Names,
    ];

    /// <summary>The parameters of a watch: those that do not name a moment or another form of the answer.</summary>
    public static readonly string[] KnownToWatch =
    [
        "kpi", .. PeriodParameters.Known, "grain", "groupBy", FilterParameters.Name, InputParameters.Name,
        .. ComparisonParameters.Names, "limit", "lang",
    ];

    private const string NoGroups = "none";

    public required KpiQuery Query { get; init; }
    public required PeriodParameters Period { get; init; }

    /// <summary>True when a KPI is named that is not in the catalogue: then <see cref="Parse"/> needs the tenant's KPIs.</summary>
    public static bool NamesOwn(AskedRequest asked) => NamesOwn(asked.Read(Known));

    /// <summary>As above, of parameters that were read.</summary>
    public static bool NamesOwn(QueryParameters parameters) =>
        parameters.List("kpi")?.Any(id => Domain.Kpis.Catalogue.Resolve(id) is null) == true;

    /// <summary>Checks what was asked, for instance of <c>GET /v1/tenants/{tenant}/kpis</c>.</summary>
    /// <param name="kpis">The KPIs that can be named; null = those of the catalogue.</param>
    public static KpiRequest Parse(AskedRequest asked, KpiSet? kpis = null)
    {
        var parameters = asked.Read(Known);
        var outputs = InputParameters.Give(parameters, ReadOutputs(parameters, kpis ?? KpiSet.BuiltIn));
        var groupBy = ReadGroupBy(parameters, outputs);
        var filters = FilterParameters.Read(parameters);
        foreach (var filter in filters)
            RequireDimension(parameters.Names, FilterParameters.Name, filter.Dimension, outputs);
        var period = PeriodParameters.Read(parameters);
        var format = FormatParameters.Read(parameters, asked.AcceptsCsv);
        var minSequence = parameters.Number("minSequence", 0, long.MaxValue) ?? 0;
        var comparison = ComparisonParameters.Read(parameters);
        var query = new KpiQuery(
            outputs, default, (Grain)(parameters.Choice("grain", Grains.Names) ?? 0),
            comparison.Kind, groupBy, filters, default)
        {
            MatchWeekday = comparison.MatchWeekday,
            CompareWith = comparison.Other,
            SkipGroups = ReadPage(parameters),
            TakeGroups = (int)(parameters.Number("limit", 1, KpiQuery.GroupsMax) ?? KpiQuery.GroupsDefault),
        };
        return new KpiRequest
        {
            Query = query,
            Period = period,
            Names = parameters.Names,
            Measures = query.Measures,
            Format = format,
            MinSequence = minSequence,
            AsOf = AsOfPoint.Read(parameters, minSequence),
            Canonical = Text(query, period, format) + (kpis is null ? "" : $"|own {kpis.Version}"),
        };
    }

    /// <inheritdoc/>
    public override CachedAnswer Render(CubeSnapshot snapshot, DateOnly today, CancellationToken ct)
    {
        var query = Query with
        {
            Period = Period.Resolve(today),
            Today = today,
            Language = Format.Language ?? LanguageOf(snapshot),
        };
        if (PeriodBucket.Cut(query.Period, query.Grain, snapshot.Settings.FiscalYearStartMonth) is null)
            throw Names.Bad(
                "grain", $"A period of {query.Period.Days} days has more than {PeriodBucket.BucketsMax} parts of grain "
                + $"'{Grains.NameOf(query.Grain)}'; use a coarser one.");
        if (query.Compare == ComparisonKind.Baseline && snapshot.Settings.Baseline is null)
            throw ComparisonParameters.NoBaseline(Names);
        KpiAnswer answer;
        try
        {
            answer = Evaluator.Answer(snapshot, query, ct);
        }
        catch (TooManyPointsException e)
        {
            throw Names.Bad("groupBy", e.Message);
        }
        var next = answer.NextSkip is { } skip ? Cursor(skip) : null;
        return new CachedAnswer(
            Format.Write(
                csv => KpiCsv.Write(answer, csv), () => KpiJson.Write(snapshot, answer, next),
                () => KpiMessage.Write(snapshot, answer, next)),
            next);
    }

    /// <summary>The tenant's language.</summary>
    public static Language LanguageOf(CubeSnapshot snapshot) =>
        snapshot.Settings.Locale.StartsWith("ru", StringComparison.OrdinalIgnoreCase) ? Language.Ru : Language.En;

    /// <summary>The parameter <c>kpi</c>.</summary>
    public static IReadOnlyList<KpiOutput> ReadOutputs(QueryParameters parameters, KpiSet kpis)
    {
        var ids = parameters.List("kpi")
            ?? throw parameters.Bad("kpi", $"'{parameters.Names["kpi"]}' is required: one or more.", [.. kpis.Ids]);
        if (ids.Count > KpiQuery.OutputsMax)
            throw parameters.Bad(
                "kpi",
                $"'{parameters.Names["kpi"]}' names {ids.Count} KPIs; at most {KpiQuery.OutputsMax} are answered at once.");
        return [.. ids.Select(id => kpis.Resolve(id) ?? throw NoSuchKpi(parameters, id, kpis))];
    }

    private static ProblemException NoSuchKpi(QueryParameters parameters, string id, KpiSet kpis) => kpis.Find(id)?.Problem is { } problem
        ? parameters.Bad("kpi", $"The own KPI '{id}' cannot be computed: {problem.Detail}")
        : parameters.Bad("kpi", $"There is no KPI '{id}'.{Suggestion.For(id, kpis.Ids)}", [.. kpis.Ids]);

    private static IReadOnlyList<Dimensions>? ReadGroupBy(QueryParameters parameters, IReadOnlyList<KpiOutput> outputs)
    {
        if (parameters.List("groupBy") is not { } names)
            return null;
        if (names is [NoGroups])
            return [];
        var dimensions = new List<Dimensions>();
        foreach (var name in names)
        {
            if (DimensionSet.Parse(name) is not { } dimension)
                throw parameters.Bad(
                    "groupBy", $"There is no dimension '{name}'.{Suggestion.For(name, DimensionSet.Names)}",
                    [.. DimensionSet.Names, NoGroups]);
            RequireDimension(parameters.Names, "groupBy", dimension, outputs);
            dimensions.Add(dimension);
        }
        return dimensions;
    }

    /// <summary>Checks that all KPIs have a dimension.</summary>
    public static void RequireDimension(
        ParameterNames names, string parameter, Dimensions dimension, IReadOnlyList<KpiOutput> outputs)
    {
        if (outputs.FirstOrDefault(o => (o.Kpi.Dimensions & dimension) == 0) is not { } lacking)
            return;
        var common = outputs.Aggregate((Dimensions)~0, (d, o) => d & o.Kpi.Dimensions);
        throw names.Bad(
            parameter, $"'{lacking.Id}' has no dimension '{DimensionSet.NameOf(dimension)}'.",
            [.. DimensionSet.Names.Where(n => (common & DimensionSet.Parse(n)) != 0)]);
    }

    /// <summary>How many groups come before the page.</summary>
    internal static int ReadPage(QueryParameters parameters)
    {
        if (parameters.Single("page") is not { } cursor)
            return 0;
        try
        {
            var text = Encoding.ASCII.GetString(WebEncoders.Base64UrlDecode(cursor));
            if (text.StartsWith('g')
                && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var skip))
                return skip;
        }
        catch (FormatException)
        {
            // Not one of ours, as said below.
        }
        throw parameters.BadPage();
    }

    /// <summary>The cursor that <see cref="ReadPage"/> reads.</summary>
    internal static string Cursor(int skip) =>
        WebEncoders.Base64UrlEncode(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"g{skip}")));

    private static string Text(KpiQuery query, PeriodParameters period, FormatParameters format)
    {
        var filters = DimensionFilter.Canonical(query.Filters);
        var groups = query.GroupBy is null ? "default" : string.Join(',', query.GroupBy.Select(g => (int)g));
        var inputs = InputParameters.Canonical(query.Outputs);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"kpis|{string.Join(',', query.Outputs.Select(o => o.Id))}|{period.From?.DayNumber}|{period.To?.DayNumber}|"
            + $"{query.Grain}|{query.Compare}|{query.MatchWeekday}|{query.CompareWith}|{groups}|{filters}|{inputs}|"
            + $"{query.SkipGroups}|{query.TakeGroups}|{format}");
    }
}
