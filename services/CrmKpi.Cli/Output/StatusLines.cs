namespace CrmKpi.Cli.Output;

/// <summary>A line now and then for who waits without a terminal that can show progress.</summary>
internal sealed class StatusLines(Terminal terminal)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private long _shown = TimeProvider.System.GetTimestamp();

    /// <summary>Writes it when it is time for one.</summary>
    public void Show(Func<string> line)
    {
        if (TimeProvider.System.GetElapsedTime(_shown) < Interval)
            return;
        _shown = TimeProvider.System.GetTimestamp();
        terminal.ErrorWriter.WriteLine(line());
    }
}
