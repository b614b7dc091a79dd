using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.EventLog;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Kpis;
using CrmKpi.ReadModels.Explain;

namespace CrmKpi.Query.Explain;

/// <summary>What <see cref="ExplainService"/> may spend.</summary>
internal sealed record ExplainOptions
{
    /// <summary>The most explanations at a time; each reads up to <see cref="FactPages.RowsMax"/> rows.</summary>
    public int AtOnceMax { get; init; } = 4;

    /// <summary>How long a request waits for its turn.</summary>
    public TimeSpan TurnWaitMax { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// Explains: 1. cube and facts of one and the same point of the log, 2. the value and its readings from the cube, 3. a page of
/// the facts behind, 4. the answer. Nothing of it is kept but the fold of a point in the past: every page is read anew.
/// </summary>
internal sealed class ExplainService(
    AnswerService answers, PastCubes past, Database database, ExplainOptions options)
{
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(2);

    private const int WaitingMax = 1_000;

    // The last turn is not for a tenant that has all others.
    private readonly FairTurns _turns = new(options.AtOnceMax, Math.Max(1, options.AtOnceMax - 1), WaitingMax, WaitingMax);

    /// <summary>Answers a request about a tenant.</summary>
    public async Task Respond(HttpContext context, string tenant, ExplainRequest request)
    {
        var ct = context.RequestAborted;
        var point = request.AsOf is { } asked ? await past.Resolve(tenant, asked, ct) : null;
        if (context.Request.Headers.IfNoneMatch.Count > 0 && await SendIfKnown(context, tenant, request, point, ct))
            return;
        var (snapshot, answer) = await Explain(tenant, request, point, ct);
        var tag = point is null ? TagOf(snapshot, request) : answers.TagAsOf(tenant, point, request.Canonical);
        await answers.Send(context, snapshot, answer, tag, request.Format);
    }

    /// <summary>The answer, and the state of the cube that it is of.</summary>
    public async Task<(CubeSnapshot, CachedAnswer)> Explain(string tenant, ExplainRequest request, CancellationToken ct) =>
        await Explain(
            tenant, request, request.AsOf is { } asked ? await past.Resolve(tenant, asked, ct) : null, ct);

    private async Task<(CubeSnapshot, CachedAnswer)> Explain(
        string tenant, ExplainRequest request, ResolvedPoint? point, CancellationToken ct)
    {
        using var timed = QueryTelemetry.Answers("explain");
        // A fold of the past has its own limit, and takes nobody's turn while it lasts.
        (CubeSnapshot, PastFacts)? then = point is null ? null : await past.GetWithFacts(tenant, point, ct);
        using var turn = await Turn(tenant, ct);
        return then is var (cube, facts)
            ? await Explain(tenant, request, cube, (kind, from, max, _) => Task.FromResult(facts.States(kind, from, max)), ct)
            : await ExplainNow(tenant, request, ct);
    }

    private async Task<FairTurns.Turn> Turn(string tenant, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            var entering = _turns.Enter(tenant, limit.Token);
            limit.CancelAfter(options.TurnWaitMax);
            return await entering;
        }
        catch (Exception e) when (e is OverloadedException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            throw new ProblemException(Busy());
        }
    }

    private async Task<(CubeSnapshot, CachedAnswer)> ExplainNow(string tenant, ExplainRequest request, CancellationToken ct)
    {
        // 1. What is in memory says what need not be read again.
        var measures = request.Query.Measures;
        var held = await answers.Snapshot(tenant, measures, request.MinSequence, ct);
        await using var view = held is null ? null : await FactView.Open(database, tenant, held, measures, ct);
        return view is null
            ? await Explain(tenant, request, AnswerService.Empty(tenant), (_, _, _, _) => NoStates, ct)
            : await Explain(tenant, request, view.Snapshot, view.States, ct);
    }

    private async Task<(CubeSnapshot, CachedAnswer)> Explain(
        string tenant, ExplainRequest request, CubeSnapshot snapshot, ReadStates states, CancellationToken ct)
    {
        // 2. From the cube.
        var today = answers.Today(snapshot);
        var query = request.Query with
        {
            Period = request.Period.Resolve(today),
            Today = today,
            Language = request.Format.Language ?? KpiRequest.LanguageOf(snapshot),
        };
        var explanation = OutOfRange.Guard(() => Explainer.Explain(snapshot, query, ct));

        // 3. From the facts.
        var page = await new FactPages(snapshot, states, query, request.Chosen(explanation))
            .Read(request.Page, request.Limit, ct);
        if (request.Page.IsOlderThan(snapshot.Generation, snapshot.Sequence))
            explanation = explanation with { Warnings = [.. explanation.Warnings, Changed(query.Language)] };

        // 4. The answer.
        var next = page.Next?.ToString();
        return (snapshot, new CachedAnswer(
            request.Format.Write(
                csv => ExplainCsv.Write(tenant, explanation, page, csv),
                () => ExplainJson.Write(snapshot, request, explanation, page, next),
                () => ExplainMessage.Write(snapshot, request, explanation, page, next)),
            next));
    }

    private static readonly Task<IReadOnlyList<(EntityState, int)>> NoStates =
        Task.FromResult<IReadOnlyList<(EntityState, int)>>([]);

    private async Task<bool> SendIfKnown(
        HttpContext context, string tenant, ExplainRequest request, ResolvedPoint? point, CancellationToken ct)
    {
        if (point is not null)
            return await answers.SendIfKnown(
                context, tenant, point.AsOf.Sequence, answers.TagAsOf(tenant, point, request.Canonical));
        var held = await answers.Snapshot(tenant, [], request.MinSequence, ct) ?? AnswerService.Empty(tenant);
        return await answers.SendIfKnown(context, tenant, held.Sequence, TagOf(held, request));
    }

    private string TagOf(CubeSnapshot snapshot, ExplainRequest request) => EntityTags.Of(
        snapshot, string.Create(CultureInfo.InvariantCulture, $"{request.Canonical}@{answers.Today(snapshot).DayNumber}"));

    private static KpiWarning Changed(Language language) => new("facts_changed", null, new Text(
        "С предыдущей страницы пришли новые события: страницы вместе могут не дать значение. Начните с первой.",
        "New events have come in since the page before: the pages together may not add up to the value. Begin with the first.")
        .In(language));

    private Problem Busy() => new(
        StatusCodes.Status503ServiceUnavailable, "explain_busy",
        $"{options.AtOnceMax} explanations are being read; try again in a moment.")
    {
        RetryAfter = BusyRetryAfter,
    };
}
