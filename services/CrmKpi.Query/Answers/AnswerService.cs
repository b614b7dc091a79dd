using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using CrmKpi.Hosting.Caching;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Problems;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Parameters;
using CrmKpi.ReadModels;

namespace CrmKpi.Query.Answers;

/// <summary>
/// Answers requests: 1. nothing new for who has the answer, 2. a snapshot of the tenant's cube, 3. the answer from the snapshot's
/// cache, else computed, 4. the lag, the only thing that is not a function of the snapshot, in front of it.
/// </summary>
internal sealed class AnswerService(
    TenantCubes cubes, PastCubes past, LogHeads heads, ComputeTurns turns, TimeProvider clock)
{
    /// <summary>The event that the answer reflects.</summary>
    public const string SequenceHeader = "CrmKpi-Sequence";

    /// <summary>The events that it does not reflect yet.</summary>
    public const string LagHeader = "CrmKpi-Lag";

    /// <summary>The cursor of the next page, as <c>page</c>; for CSV, which has no place for it.</summary>
    public const string NextPageHeader = "CrmKpi-Next-Page";

    private static readonly TimeSpan SequenceRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Answers a request about a tenant.</summary>
    public async Task Respond(HttpContext context, string tenant, AnswerRequest request)
    {
        var ct = context.RequestAborted;
        using var timed = QueryTelemetry.Answers(request.Kind);
        if (request.AsOf is { } asked)
        {
            await RespondAsOf(context, tenant, request, asked);
            return;
        }
        // 1. Who has an answer names it: nothing is loaded to find out that it still holds.
        if (context.Request.Headers.IfNoneMatch.Count > 0)
        {
            var held = await Snapshot(tenant, [], request.MinSequence, ct) ?? Empty(tenant);
            if (await SendIfKnown(context, tenant, held.Sequence, EntityTags.Of(held, KeyOf(held, Today(held), request))))
                return;
        }
        var (snapshot, answer) = await Answer(tenant, request, ct);

        // 4. The lag.
        await Send(context, snapshot, answer, answer.Tag!, request.Format);
    }

    private async Task RespondAsOf(HttpContext context, string tenant, AnswerRequest request, AsOfPoint asked)
    {
        var ct = context.RequestAborted;
        var point = await past.Resolve(tenant, asked, ct);
        var tag = TagAsOf(tenant, point, request.Canonical);
        if (await SendIfKnown(context, tenant, point.AsOf.Sequence, tag))
            return;
        var snapshot = await past.Get(tenant, point, ct);
        await Send(context, snapshot, await Answer(snapshot, Today(snapshot), request, ct), tag, request.Format);
    }

    /// <summary>The answer, and the state of the cube that it is of.</summary>
    public async ValueTask<(CubeSnapshot Snapshot, CachedAnswer Answer)> Answer(
        string tenant, AnswerRequest request, CancellationToken ct)
    {
        // 2. A tenant without a read model has an empty cube: an answer without values, and a warning.
        var snapshot = request.AsOf is { } point
            ? await past.Get(tenant, point, ct)
            : await Snapshot(tenant, request, ct) ?? Empty(tenant);

        // 3. The answer.
        return (snapshot, await Answer(snapshot, Today(snapshot), request, ct));
    }

    /// <summary>The tag of an answer as of a point in the past.</summary>
    public string TagAsOf(string tenant, ResolvedPoint point, string question) =>
        point.Tag(tenant, question, clock.GetUtcNow());

    /// <summary>The answer from a snapshot: at once when it is known, else computed when it is the tenant's turn.</summary>
    public ValueTask<CachedAnswer> Answer(CubeSnapshot snapshot, DateOnly today, AnswerRequest request, CancellationToken ct)
    {
        var key = KeyOf(snapshot, today, request);
        return snapshot.Answers.Find(key) is { } known
            ? ValueTask.FromResult(known)
            : new ValueTask<CachedAnswer>(Compute(snapshot, today, request, key, ct));
    }

    private async Task<CachedAnswer> Compute(
        CubeSnapshot snapshot, DateOnly today, AnswerRequest request, string key, CancellationToken ct)
    {
        using var turn = await turns.Enter(snapshot.Tenant, ct);
        // Somebody may have asked the same and gone before.
        if (snapshot.Answers.Find(key) is { } known)
            return known;
        var answer = OutOfRange.Guard(() => request.Render(snapshot, today, ct)) with { Tag = EntityTags.Of(snapshot, key) };
        snapshot.Answers.Add(key, answer);
        return answer;
    }

    // The day is part of the key: the default period and some warnings depend on it.
    private static string KeyOf(CubeSnapshot snapshot, DateOnly today, AnswerRequest request) => string.Create(
        CultureInfo.InvariantCulture, $"{request.Canonical}@{today.DayNumber}@{snapshot.AsOf?.Note}");

    /// <summary>Sends an answer with its sequence and the lag of now; 304 when the caller has it.</summary>
    public async Task Send(
        HttpContext context, CubeSnapshot snapshot, CachedAnswer answer, string tag, FormatParameters format)
    {
        if (context.Request.NamesAny() || context.Request.Names(tag))
        {
            await SendKnown(context, snapshot.Tenant, snapshot.Sequence, tag);
            return;
        }
        var lag = await SetHeaders(context, snapshot.Tenant, snapshot.Sequence, tag);
        var response = context.Response;
        if (answer.NextPage is { } next)
            response.Headers[NextPageHeader] = next;
        if (format.Csv is null)
            WriteJson(response, answer.Body, lag);
        else
            WriteCsv(response, answer.Body);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>Sends 304 and returns true when the caller names this tag.</summary>
    public async ValueTask<bool> SendIfKnown(HttpContext context, string tenant, long sequence, string tag)
    {
        if (!context.Request.Names(tag))
            return false;
        await SendKnown(context, tenant, sequence, tag);
        return true;
    }

    private async Task SendKnown(HttpContext context, string tenant, long sequence, string tag)
    {
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        await SetHeaders(context, tenant, sequence, tag);
    }

    private async ValueTask<long> SetHeaders(HttpContext context, string tenant, long sequence, string tag)
    {
        var lag = await Lag(tenant, sequence, context.RequestAborted);
        var response = context.Response;
        CacheHeaders.Set(response, tag);
        response.Headers[SequenceHeader] = sequence.ToString(CultureInfo.InvariantCulture);
        response.Headers[LagHeader] = lag.ToString(CultureInfo.InvariantCulture);
        return lag;
    }

    /// <summary>What a tenant without a read model has.</summary>
    public static CubeSnapshot Empty(string tenant) => CubeSnapshot.From(tenant, new TenantSettings(), [], 0, 0);

    private async ValueTask<CubeSnapshot?> Snapshot(string tenant, AnswerRequest request, CancellationToken ct)
    {
        for (var measures = request.Measures; ;)
        {
            var snapshot = await Snapshot(tenant, measures, request.MinSequence, ct);
            if (snapshot is null || request.MeasuresIn(snapshot.Settings) is var needed
                && (needed == measures || needed.All(m => snapshot.Columns.ContainsKey(m.Id))))
                return snapshot;
            // What is answered stands in the settings: again, with the measures that they ask for.
            measures = needed;
        }
    }

    /// <summary>A snapshot of the live read model; null when there is none.</summary>
    public async ValueTask<CubeSnapshot?> Snapshot(
        string tenant, IReadOnlyCollection<Measure> measures, long minSequence, CancellationToken ct)
    {
        try
        {
            return await cubes.Get(tenant, measures, minSequence, ct);
        }
        catch (TimeoutException e) when (minSequence > 0)
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status503ServiceUnavailable, "sequence_not_reached", e.Message)
            {
                Parameter = "minSequence",
                RetryAfter = SequenceRetryAfter,
            });
        }
    }

    /// <summary>The tenant's today.</summary>
    public DateOnly Today(CubeSnapshot snapshot)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(snapshot.Settings.TimeZone);
        return DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(snapshot.AsOf?.At ?? clock.GetUtcNow(), zone).DateTime);
    }

    /// <summary>The events of a tenant's log that a snapshot does not reflect.</summary>
    public ValueTask<long> Lag(CubeSnapshot snapshot, CancellationToken ct) => Lag(snapshot.Tenant, snapshot.Sequence, ct);

    private async ValueTask<long> Lag(string tenant, long sequence, CancellationToken ct) =>
        // The head was read after or before the snapshot: a lag below 0 is none.
        Math.Max(0, await heads.Of(tenant, ct) - sequence);

    private static void WriteJson(HttpResponse response, byte[] body, long lag)
    {
        response.ContentType = "application/json";
        response.ContentLength = JsonAnswer.LengthWithLag(body, lag);
        JsonAnswer.WriteWithLag(response.BodyWriter, body, lag);
    }

    private static void WriteCsv(HttpResponse response, byte[] body)
    {
        response.ContentType = "text/csv; charset=utf-8; header=present";
        response.ContentLength = body.Length;
        body.CopyTo(response.BodyWriter.GetSpan(body.Length));
        response.BodyWriter.Advance(body.Length);
    }
}

/// <summary>Registers what answers need.</summary>
internal static class AnswerExtensions
{
    public static WebApplicationBuilder AddAnswers(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<EventLog.EventLog>();
        builder.Services.AddSingleton(sp => new TenantCubes(sp.GetRequiredService<CrmKpi.Postgres.Database>()));
        builder.Services.AddSingleton<LogHeads>();
        builder.Services.AddSingleton<AsOfResolver>();
        builder.Services.AddSingleton(new PastCubesOptions());
        builder.Services.AddSingleton(sp =>
        {
            var past = ActivatorUtilities.CreateInstance<PastCubes>(sp);
            sp.GetRequiredService<TenantCubes>().WhenForgotten(past.Forget);
            return past;
        });
        builder.AddStrictOptions<ComputeOptions>(ComputeOptions.Section);
        builder.Services.AddSingleton<ComputeTurns>();
        builder.Services.AddSingleton<AnswerService>();
        builder.Services.AddSingleton<Postgres.Control.OwnKpiStore>();
        builder.Services.AddSingleton(sp =>
        {
            var sets = ActivatorUtilities.CreateInstance<OwnKpis.OwnKpiSets>(sp);
            sp.GetRequiredService<TenantCubes>().WhenForgotten(sets.Forget);
            return sets;
        });
        builder.Services.AddSingleton<OwnKpis.KpiRequests>();
        return builder;
    }
}
