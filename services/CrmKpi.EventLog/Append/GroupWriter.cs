using System.Diagnostics;
using System.Text.RegularExpressions;
using CrmKpi.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CrmKpi.EventLog.Append;

/// <summary>
/// Brings a group of requests into the log and ends each of them with its own result. Tries again when the database is
/// away or a connection breaks, in the commit too: what was written by the broken try is recognised. A request with an
/// event that PostgreSQL refuses is taken out, and the others go on without it.
/// </summary>
internal sealed partial class GroupWriter(Database database, Action<Database, string, long> committed, ILogger logger)
{
    private const int DelayMillisecondsFirst = 50;
    private const int DelayMillisecondsMax = 2_000;

    /// <summary>A tenant that is being moved is waited for so long in all as the last look at its log and read models takes.</summary>
    private static readonly TimeSpan MovingPause = TimeSpan.FromMilliseconds(500);

    private readonly DuplicateForecast _duplicates = new();

    /// <summary>Never throws: every request of the group gets its result or its error.</summary>
    public async Task Write(string tenant, IReadOnlyList<AppendRequest> group)
    {
        var open = group.ToList();
        var began = Stopwatch.GetTimestamp();
        using var span = LogTelemetry.StartGroup(tenant, group);
        var inDoubt = new Dictionary<Guid, long>();
        var failures = 0;
        var mode = new AppendMode(FindStored: _duplicates.Expected(tenant, open), ByCopy: false);
        while (open.Count > 0)
        {
            AppendTransaction? transaction = null;
            var connectionLost = false;
            Database? home = null;
            try
            {
                home = database.Home(tenant);
                await using var connection = await home.DataSource.OpenConnectionAsync();
                transaction = new AppendTransaction(connection, tenant, open, mode);
                try
                {
                    var head = await transaction.Run(inDoubt, CancellationToken.None);
                    LogTelemetry.Wrote(span, transaction.Plan!.Rows.Count, began);
                    Complete(open, transaction.Plan!, head);
                    _duplicates.Learn(tenant, mode.FindStored, transaction.Plan!);
                    if (transaction.Plan!.Rows.Count > 0)
                        committed(home, tenant, head);
                    return;
                }
                catch
                {
                    connectionLost = connection.State != System.Data.ConnectionState.Open;
                    await Rollback(connection);
                    throw;
                }
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && !mode.FindStored)
            {
                mode = mode with { FindStored = true };
            }
            catch (PostgresException e) when (IsRefusal(e) && transaction is { Plan: not null, ByCopy: false })
            {
                // COPY says whose event it is.
                mode = mode with { ByCopy = true };
            }
            catch (PostgresException e) when (IsRefusal(e))
            {
                if (TakeOutRefused(tenant, open, transaction!.Plan, e))
                    continue;
                // Nobody says whose event it is: each request goes alone.
                foreach (var request in open.ToArray())
                    await Write(tenant, [request]);
                return;
            }
            catch (NpgsqlException e) when (IsLockWait(e, transaction))
            {
                FailAll(open, new OverloadedException(AppendLimits.RetryAfter));
            }
            catch (Exception e) when (e is NpgsqlException { IsTransient: true } || connectionLost)
            {
                if (transaction is { CommitSent: true, Plan: { } plan })
                {
                    foreach (var row in plan.Rows)
                        inDoubt[row.Id] = row.Sequence;
                    mode = mode with { FindStored = true };
                }
                if (++failures == AppendLimits.TriesMax)
                    FailAll(open, new LogUnavailableException(AppendLimits.RetryAfter, e));
                else
                    await Pause(tenant, failures, e);
            }
            catch (Exception e) when (e is TenantMovingException or UnknownTenantException)
            {
                // Not where it was thought to be; or on its way, which takes a moment.
                if (await HasMoved(tenant, home!))
                    continue;
                if (e is UnknownTenantException || ++failures == AppendLimits.TriesMax)
                    FailAll(open, e);
                else
                    await Task.Delay(MovingPause);
            }
            catch (Exception e)
            {
                FailAll(open, e);
            }
        }
    }

    private async Task<bool> HasMoved(string tenant, Database home)
    {
        try
        {
            return await database.HasMoved(tenant, home);
        }
        catch (NpgsqlException e)
        {
            LogNoHome(tenant, e);
            return false;
        }
    }

    private static void Complete(List<AppendRequest> open, AppendPlan plan, long head)
    {
        for (var i = 0; i < open.Count; i++)
        {
            var outcome = plan.Outcomes[i];
            if (outcome.Conflict is { } conflict)
                open[i].Fail(conflict);
            else
                open[i].Complete(new AppendResult(outcome.Accepted, outcome.Duplicates, head));
        }
    }

    /// <summary>
    /// Fails the request whose event PostgreSQL refused: it says in which line of the COPY that stands. False when it does not and
    /// there are several requests.
    /// </summary>
    private bool TakeOutRefused(string tenant, List<AppendRequest> open, AppendPlan? plan, PostgresException e)
    {
        var match = CopyLine().Match(e.Where ?? "");
        var detail = $"{e.MessageText}{(e.Detail is null ? "" : $" ({e.Detail})")}";
        if (plan is not null && match.Success
            && int.Parse(match.Groups[1].ValueSpan, null) is var line && line <= plan.Rows.Count)
        {
            var row = plan.Rows[line - 1];
            LogRefused(tenant, detail, e);
            row.Request.Fail(new EventRefusedException(row.Index, detail, e));
            open.Remove(row.Request);
            return true;
        }
        if (open.Count > 1)
            return false;
        FailAll(open, new EventRefusedException(-1, detail, e));
        return true;
    }

    private static void FailAll(List<AppendRequest> open, Exception error)
    {
        Activity.Current?.SetStatus(ActivityStatusCode.Error, error.GetType().Name);
        foreach (var request in open)
            request.Fail(error);
        open.Clear();
    }

    private async Task Pause(string tenant, int failures, Exception e)
    {
        LogRetry(tenant, failures, AppendLimits.TriesMax, e);
        await Task.Delay(Math.Min(DelayMillisecondsFirst << failures, DelayMillisecondsMax));
    }

    /// <summary>Gives the tenant's head free at once, whatever failed.</summary>
    private static async Task Rollback(NpgsqlConnection connection)
    {
        if (connection.State != System.Data.ConnectionState.Open)
            return;
        try
        {
            await using var command = new NpgsqlCommand("ROLLBACK", connection);
            await command.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException)
        {
            // The connection broke meanwhile, and its transaction with it; the first error is the one to tell.
        }
    }

    /// <summary>Data exceptions (22…) and program limits (54…): the event is at fault, not the database.</summary>
    private static bool IsRefusal(PostgresException e) =>
        e.SqlState.StartsWith("22", StringComparison.Ordinal) && e.SqlState != PostgresErrorCodes.DivisionByZero
        || e.SqlState.StartsWith("54", StringComparison.Ordinal);

    /// <summary>A time-out in the first step is somebody else holding the tenant's head.</summary>
    private static bool IsLockWait(NpgsqlException e, AppendTransaction? transaction) =>
        e.InnerException is TimeoutException && transaction is { Plan: null };

    [GeneratedRegex(@"COPY \w+, line (\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex CopyLine();

    [LoggerMessage(EventId = 1001, Level = LogLevel.Warning,
        Message = "Append to the log of tenant {Tenant} failed, try {Try} of {TriesMax}")]
    private partial void LogRetry(string tenant, int @try, int triesMax, Exception e);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Warning,
        Message = "The main database could not be asked where tenant {Tenant} lives")]
    private partial void LogNoHome(string tenant, Exception e);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Information,
        Message = "PostgreSQL refused an event of tenant {Tenant}: {Detail}")]
    private partial void LogRefused(string tenant, string detail, Exception e);
}
