using System.Globalization;
using System.Threading.Channels;

namespace CrmKpi.Local.Logs;

/// <summary>
/// The services' log lines in a file, so that the console stays readable. Bounded: when the disk is slower than the services, lines
/// are dropped and counted; at the start a file that has grown becomes the previous one.
/// </summary>
internal sealed class LogFile : IAsyncDisposable
{
    private const int LinesWaitingMax = 10_000;
    private const long FileBytesMax = 16 * 1024 * 1024;

    private readonly Channel<string> _lines;
    private readonly Task _writing;
    private long _dropped;

    public LogFile(string path)
    {
        Path = path;
        _lines = Channel.CreateBounded<string>(
            new BoundedChannelOptions(LinesWaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite },
            _ => Interlocked.Increment(ref _dropped));
        _writing = Write();
    }

    public string Path { get; }

    public void Add(LogLevel level, string category, EventId id, string message, Exception? exception) =>
        _lines.Writer.TryWrite(string.Create(CultureInfo.InvariantCulture,
            $"{DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {level} {category}[{id.Id}] {message}{(exception is null ? "" : Environment.NewLine + exception)}"));

    private async Task Write()
    {
        await Task.Yield();
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        if (new FileInfo(Path) is { Exists: true, Length: > FileBytesMax })
            File.Move(Path, Path + ".1", overwrite: true);
        await using var file = new StreamWriter(Path, append: true);
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (_lines.Reader.TryRead(out var line))
                await file.WriteLineAsync(line);
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                await file.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"({dropped} lines were dropped here)"));
            await file.FlushAsync();
        }
    }

    /// <summary>Writes what waits and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }
}

/// <summary>Lets services log into the file: information of CrmKpi, warnings of everybody else.</summary>
internal sealed class LogFileProvider(LogFile file) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new FileLogger(file, categoryName);

    public void Dispose()
    {
        // The file belongs to the stack and outlives each service.
    }

    private sealed class FileLogger(LogFile file, string category) : ILogger
    {
        private readonly LogLevel _least =
            category.StartsWith("CrmKpi", StringComparison.Ordinal) ? LogLevel.Information : LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _least && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                file.Add(logLevel, category, eventId, formatter(state, exception), exception);
        }
    }
}
