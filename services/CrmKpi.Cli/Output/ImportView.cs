using System.Diagnostics;
using System.Globalization;
using CrmKpi.Cli.Import;
using Spectre.Console;

namespace CrmKpi.Cli.Output;

/// <summary>Shows an import while it runs (a moving bar, or a line now and then) and what came of it.</summary>
public sealed class ImportView(Terminal terminal)
{
    /// <summary>Problems that are printed in full.</summary>
    public const int ProblemsShownMax = 20;

    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs an import with its progress on the terminal.</summary>
    public Task<ImportReport> Run(string title, Func<Action<ImportProgress>, Task<ImportReport>> import) =>
        terminal.Interactive ? RunWithBar(title, import) : RunWithLines(title, import);

    /// <summary>The result of an import.</summary>
    public void Summarize(ImportReport report, TimeSpan elapsed)
    {
        var texts = terminal.Texts;
        var output = terminal.OutWriter;
        Fact(texts.Accepted, report.Accepted);
        Fact(texts.Duplicates, report.Duplicates);
        Fact(texts.Rejected, report.Rejected);
        if (report.Skipped > 0)
            Fact(texts.Skipped, report.Skipped);
        Fact(texts.RowsWithProblems, report.ProblemCount);
        Fact(texts.Sequence, report.Sequence);
        var sent = report.Accepted + report.Duplicates + report.Rejected;
        output.WriteLine($"  {texts.Duration}: {elapsed.TotalSeconds.ToString("0.0", texts.Culture)} s, "
            + $"{terminal.Number((long)(sent / Math.Max(0.001, elapsed.TotalSeconds)))} {texts.EventsPerSecond}");
        ShowProblems(report);
        if (report.Rejected > 0)
            terminal.ErrorWriter.WriteLine(texts.Quarantined);

        void Fact(string name, long number) => output.WriteLine($"  {name}: {terminal.Number(number)}");
    }

    /// <summary>The first problems with their places, and how many there are of each code.</summary>
    public void ShowProblems(ImportReport report) => ShowProblems(report, ProblemsShownMax);

    /// <summary>Every problem that is kept, for a dry run.</summary>
    public void ShowAllProblems(ImportReport report) => ShowProblems(report, ImportReport.ProblemsListedMax);

    private void ShowProblems(ImportReport report, int max)
    {
        foreach (var problem in report.Problems.Take(max))
            terminal.ErrorWriter.WriteLine(problem);
        if (report.ProblemCount <= max)
            return;
        terminal.ErrorWriter.WriteLine(terminal.Format(terminal.Texts.MoreProblems, report.ProblemCount - max));
        foreach (var (code, count) in report.ProblemsByCode)
            terminal.ErrorWriter.WriteLine($"  {code}: {terminal.Number(count)}");
    }

    private async Task<ImportReport> RunWithBar(string title, Func<Action<ImportProgress>, Task<ImportReport>> import)
    {
        ImportReport? report = null;
        var started = Stopwatch.GetTimestamp();
        await terminal.Error.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                report = await import(p =>
                {
                    task.Value = Share(p);
                    task.Description = Markup.Escape($"{title} {Rate(p, started)}");
                });
                task.Value = 1;
            });
        return report!;
    }

    private async Task<ImportReport> RunWithLines(string title, Func<Action<ImportProgress>, Task<ImportReport>> import)
    {
        var started = Stopwatch.GetTimestamp();
        var last = started;
        terminal.ErrorWriter.WriteLine($"{title} …");
        return await import(p =>
        {
            if (p.Waiting is null && Stopwatch.GetElapsedTime(last) < LineInterval)
                return;
            last = Stopwatch.GetTimestamp();
            var share = Share(p);
            var left = share > 0 ? Stopwatch.GetElapsedTime(started) * (1 / share - 1) : TimeSpan.Zero;
            terminal.ErrorWriter.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{title}: {share:P0}, {Rate(p, started)}, {terminal.Texts.Left} {left:hh\\:mm\\:ss}"));
        });
    }

    private string Rate(ImportProgress p, long started) => p.Waiting is not null
        ? $"{terminal.Texts.Waiting}: {p.Waiting}"
        : $"{terminal.Number(p.Sent)}, {terminal.Number((long)(p.Sent / Math.Max(0.001, Stopwatch.GetElapsedTime(started).TotalSeconds)))} "
          + terminal.Texts.EventsPerSecond;

    private static double Share(ImportProgress p) => p.BytesTotal == 0 ? 1 : Math.Min(1, (double)p.BytesRead / p.BytesTotal);
}
