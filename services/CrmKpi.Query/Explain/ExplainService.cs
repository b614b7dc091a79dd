using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;
using CrmKpi.ReadModels.Explain;

namespace CrmKpi.Query.Explain;

/// <summary>
/// Explains: 1. cube and facts of one and the same checkpoint, 2. the value and its readings from the cube, 3. a page of the
/// facts behind, 4. the answer. Nothing of it is kept: every page is read anew.
/// </summary>
internal sealed class ExplainService(AnswerService answers, Database database) : IDisposable
{
    /// <summary>The most explanations at a time; each holds a connection and reads up to <see cref="FactPages.RowsMax"/> rows.</summary>
    public const int AtOnceMax = 4;

    private static readonly TimeSpan TurnWaitMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _turns = new(AtOnceMax, AtOnceMax);

    /// <summary>Answers a request about a tenant.</summary>
    public async Task Respond(HttpContext context, string tenant, ExplainRequest request)
    {
        var ct = context.RequestAborted;
        if (!await _turns.WaitAsync(TurnWaitMax, ct))
            throw new ProblemException(Busy);
        try
        {
            var (snapshot, answer) = await Explain(tenant, request, ct);
            await answers.Send(context, snapshot, answer, request.Format);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private async Task<(CubeSnapshot, CachedAnswer)> Explain(string tenant, ExplainRequest request, CancellationToken ct)
    {
        // 1. What is in memory says what need not be read again.
        var measures = request.Query.Measures;
        var held = await answers.Snapshot(tenant, measures, request.MinSequence, ct);
        await using var view = held is null ? null : await FactView.Open(database, tenant, held, measures, ct);
        var snapshot = view?.Snapshot ?? AnswerService.Empty(tenant);

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
        var page = view is null
            ? new FactPage([], 0, null)
            : await new FactPages(view, query, request.Chosen(explanation)).Read(request.Page, request.Limit, ct);
        if (request.Page.IsOlderThan(snapshot.Generation, snapshot.Sequence))
            explanation = explanation with { Warnings = [.. explanation.Warnings, Changed(query.Language)] };

        // 4. The answer.
        var next = page.Next?.ToString();
        return (snapshot, new CachedAnswer(
            request.Format.Csv is { } csv
                ? ExplainCsv.Write(tenant, explanation, page, csv)
                : ExplainJson.Write(snapshot, request, explanation, page, next),
            next));
    }

    private static KpiWarning Changed(Language language) => new("facts_changed", null, new Text(
        "С предыдущей страницы пришли новые события: страницы вместе могут не дать значение. Начните с первой.",
        "New events have come in since the page before: the pages together may not add up to the value. Begin with the first.")
        .In(language));

    private static readonly Problem Busy = new(
        StatusCodes.Status503ServiceUnavailable, "explain_busy",
        $"{AtOnceMax} explanations are being read; try again in a moment.")
    {
        RetryAfter = BusyRetryAfter,
    };
}
