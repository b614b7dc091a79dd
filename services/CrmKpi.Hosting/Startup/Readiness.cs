namespace CrmKpi.Hosting.Startup;

/// <summary>Whether the service has started: migrations are applied and it is not stopping.</summary>
public sealed class Readiness
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;

    /// <summary>True between the end of the start and the beginning of the stop.</summary>
    public bool IsReady => _started.Task.IsCompletedSuccessfully && !_stopping;

    /// <summary>True from the end of the start on.</summary>
    public bool HasStarted => _started.Task.IsCompletedSuccessfully;

    /// <summary>Waits for the end of the start: background work that needs the database begins with it.</summary>
    public Task Wait(CancellationToken ct) => _started.Task.WaitAsync(ct);

    internal void Started() => _started.TrySetResult();

    internal void Stopping() => _stopping = true;
}
