using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.EventLog;

/// <summary>How many events the tenants of an agency took in, by UTC day of their recording: counted by the log itself, exactly.</summary>
public sealed class UsageStore(Database database)
{
    /// <summary>The days on which there were any, in order.</summary>
    public async Task<IReadOnlyList<(DateOnly Day, long Events)>> Days(
        string agency, DateOnly first, DateOnly last, CancellationToken ct = default)
    {
        var days = new SortedDictionary<DateOnly, long>();
        foreach (var one in database.All)
        {
            await using var command = one.DataSource.CreateCommand(Texts.AgencyUsage);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = agency });
            command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = first });
            command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = last });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var day = reader.GetFieldValue<DateOnly>(0);
                days[day] = days.GetValueOrDefault(day) + reader.GetInt64(1);
            }
        }
        return [.. days.Select(day => (day.Key, day.Value))];
    }

    /// <summary>The events of one day.</summary>
    public async Task<long> On(string agency, DateOnly day, CancellationToken ct = default) =>
        (await Days(agency, day, day, ct)).Sum(used => used.Events);
}
