using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.EventLog;

/// <summary>How many events the tenants of an agency took in, by UTC day of their recording: counted by the log itself, exactly.</summary>
public sealed class UsageStore(Database database)
{
    /// <summary>A further database that does not answer in this time is away.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(2);

    /// <summary>The days on which there were any, in order.</summary>
    public async Task<IReadOnlyList<(DateOnly Day, long Events)>> Days(
        string agency, DateOnly first, DateOnly last, CancellationToken ct = default)
    {
        var days = new SortedDictionary<DateOnly, long>();
        foreach (var one in database.All)
            foreach (var (day, events) in await Days(one, agency, first, last, ct))
                days[day] = days.GetValueOrDefault(day) + events;
        return [.. days.Select(day => (day.Key, day.Value))];
    }

    /// <summary>
    /// The events of one day, for a limit: without those in further databases that are away, whose tenants take nothing in
    /// meanwhile either. The others must not wait for them.
    /// </summary>
    public async Task<long> On(string agency, DateOnly day, CancellationToken ct = default)
    {
        var events = 0L;
        foreach (var one in database.All)
            events += one.Name == Database.MainName
                ? Sum(await Days(one, agency, day, day, ct))
                : await OnFurther(one, agency, day, ct);
        return events;
    }

    private static async Task<long> OnFurther(Database further, string agency, DateOnly day, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(AnswerMax);
        try
        {
            return Sum(await Days(further, agency, day, day, limited.Token));
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static async Task<List<(DateOnly Day, long Events)>> Days(
        Database one, string agency, DateOnly first, DateOnly last, CancellationToken ct)
    {
        await using var command = one.DataSource.CreateCommand(Texts.AgencyUsage);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = agency });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = first });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = last });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var days = new List<(DateOnly, long)>();
        while (await reader.ReadAsync(ct))
            days.Add((reader.GetFieldValue<DateOnly>(0), reader.GetInt64(1)));
        return days;
    }

    private static long Sum(List<(DateOnly Day, long Events)> days) => days.Sum(day => day.Events);
}
