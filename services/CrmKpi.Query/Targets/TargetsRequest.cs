using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Domain.Kpis.Targets;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Targets;

/// <summary>A request for the targets of a tenant: those that stand, by KPI, filters and due day.</summary>
internal sealed record TargetsRequest : AnswerRequest
{
    public override string Kind => "targets";

    /// <summary>The most targets of one page.</summary>
    public const int TargetsMax = 200;

    private const int TargetsDefault = 50;

    private static readonly string[] Known = ["minSequence", AsOfPoint.Name, "limit", "page", "lang"];

    public required int Skip { get; init; }
    public required int Take { get; init; }

    /// <summary>The KPIs of the tenant.</summary>
    public KpiSet Kpis { get; private init; } = KpiSet.BuiltIn;

    /// <summary>The same request for a tenant that has KPIs of its own.</summary>
    public TargetsRequest For(KpiSet kpis) =>
        this with { Kpis = kpis, Canonical = $"{Canonical}|own {kpis.Version}" };

    /// <summary>Checks the parameters of <c>GET /v1/tenants/{tenant}/targets</c>.</summary>
    public static TargetsRequest Parse(AskedRequest asked)
    {
        var parameters = asked.Read(Known);
        var language = FormatParameters.ReadLanguage(parameters);
        var skip = KpiRequest.ReadPage(parameters);
        var take = (int)(parameters.Number("limit", 1, TargetsMax) ?? TargetsDefault);
        var minSequence = parameters.Number("minSequence", 0, long.MaxValue) ?? 0;
        return new TargetsRequest
        {
            Skip = skip,
            Take = take,
            Measures = [],
            Format = new FormatParameters(null, language),
            MinSequence = minSequence,
            AsOf = AsOfPoint.Read(parameters, minSequence),
            Canonical = string.Create(CultureInfo.InvariantCulture, $"targets|{skip}|{take}|{language}"),
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyCollection<Measure> MeasuresIn(TenantSettings settings) =>
        new KpiQuery(
            [.. Page(settings).Select(t => t.Output).OfType<KpiOutput>()], default, Grain.None, ComparisonKind.None, [], [],
            default).Measures;

    /// <inheritdoc/>
    public override CachedAnswer Render(CubeSnapshot snapshot, DateOnly today, CancellationToken ct)
    {
        var language = Format.Language ?? KpiRequest.LanguageOf(snapshot);
        var answers = Page(snapshot.Settings).Select(t => (t.Target, StatusOf(t.Target, t.Output))).ToList();
        var next = snapshot.Settings.Targets.Count > Skip + Take ? KpiRequest.Cursor(Skip + Take) : null;
        return new CachedAnswer(TargetsJson.Write(snapshot, today, answers, language, next), next);

        TargetStatus? StatusOf(Target target, KpiOutput? output) =>
            output is null ? null : TargetStatus.Of(snapshot, target, output, today, ct);
    }

    // The output is null for a KPI that there is not, and for filters by dimensions that it does not have.
    private IEnumerable<(Target Target, KpiOutput? Output)> Page(TenantSettings settings) =>
        settings.Targets.Skip(Skip).Take(Take).Select(t =>
            (t, Kpis.Resolve(t.Kpi) is { } output && t.Suits(output) ? output : null));
}
