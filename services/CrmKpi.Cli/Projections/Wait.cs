using System.Globalization;
using System.Text.Json;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;
using Spectre.Console;

namespace CrmKpi.Cli.Projections;

/// <summary>Asks again and again until something is done, with its progress on the terminal.</summary>
public sealed class Wait(Terminal terminal)
{
    /// <summary>Waits.</summary>
    /// <param name="title">What for.</param>
    /// <param name="ask">Gets the status.</param>
    /// <param name="progress">How far of how much.</param>
    /// <param name="done">True when there is nothing to wait for.</param>
    /// <param name="interval">Between two questions.</param>
    /// <exception cref="ApiException">The tenant's projection has stopped, so waiting is in vain.</exception>
    public async Task<JsonElement> For(
        string title, Func<Task<JsonElement>> ask, Func<JsonElement, (decimal Done, decimal All)> progress,
        Func<JsonElement, bool> done, TimeSpan interval, CancellationToken ct)
    {
        if (!terminal.Interactive)
            return await Poll(ask, done, interval, Lines(title, progress), ct);
        JsonElement result = default;
        await terminal.Error.Progress().AutoClear(true).StartAsync(async context =>
        {
            var task = context.AddTask(Markup.Escape(title), maxValue: 1);
            result = await Poll(ask, done, interval, status => task.Value = Share(progress(status)), ct);
        });
        return result;
    }

    private async Task<JsonElement> Poll(
        Func<Task<JsonElement>> ask, Func<JsonElement, bool> done, TimeSpan interval, Action<JsonElement> show, CancellationToken ct)
    {
        while (true)
        {
            var status = await ask();
            if (done(status))
                return status;
            if (status.Text("parkedReason") is { Length: > 0 } reason)
                throw new ApiException(new ApiProblem(0, "projection_parked", terminal.Format(terminal.Texts.Parked, reason)));
            show(status);
            await Task.Delay(interval, ct);
        }
    }

    private Action<JsonElement> Lines(string title, Func<JsonElement, (decimal, decimal)> progress)
    {
        var lines = new StatusLines(terminal);
        return status => lines.Show(() =>
            string.Create(CultureInfo.InvariantCulture, $"{title}: {Share(progress(status)):P0}"));
    }

    private static double Share((decimal Done, decimal All) p) => p.All <= 0 ? 0 : Math.Min(1, (double)(p.Done / p.All));
}
