using System.Collections.Concurrent;
using System.Diagnostics;

namespace CrmKpi.EndToEnd.Tests.Processes;

/// <summary>Asks KPIs without a pause and remembers when an answer came, and when none did.</summary>
public sealed class AnswerLog(HttpClient client, IReadOnlyList<string> tenants)
{
    private const string Question = "kpis?kpi=leads_created,deals_won,revenue,win_rate&from=2024-01-01&to=2025-01-01";
    private const int Askers = 3;

    private readonly ConcurrentQueue<Asked> _all = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>A question: when it was asked, when its end was known, and what was wrong, if anything.</summary>
    public sealed record Asked(TimeSpan From, TimeSpan To, string? Failure);

    /// <summary>Now, as the log tells time.</summary>
    public TimeSpan Now => _clock.Elapsed;

    public IReadOnlyCollection<Asked> All => _all;

    /// <summary>Asks until told to stop.</summary>
    public Task Run(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Askers).Select(async asker =>
    {
        for (var i = asker; !stop.IsCancellationRequested; i++)
        {
            var from = Now;
            var failure = await Ask(tenants[i % tenants.Count]);
            _all.Enqueue(new(from, Now, failure));
            // Not as fast as can be: what is measured are gaps.
            await Task.Delay(failure is null ? 10 : 50, CancellationToken.None);
        }
    }));

    /// <summary>The failures of questions that ended in a time.</summary>
    public IReadOnlyList<Asked> Failures(TimeSpan from, TimeSpan to) =>
        [.. _all.Where(a => a.Failure is not null && a.To >= from && a.To < to)];

    /// <summary>The longest time without an answer, of those that end in a time.</summary>
    public TimeSpan LongestGap(TimeSpan from, TimeSpan to)
    {
        var answers = _all.Where(a => a.Failure is null).Select(a => a.To).Order().ToArray();
        return answers.Zip(answers.Skip(1)).Where(pair => pair.Second >= from && pair.First < to)
            .Select(pair => pair.Second - pair.First).DefaultIfEmpty().Max();
    }

    private async Task<string?> Ask(string tenant)
    {
        try
        {
            using var response = await client.GetAsync($"/v1/tenants/{tenant}/{Question}");
            return response.IsSuccessStatusCode
                ? null : $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return e.Message;
        }
    }
}
