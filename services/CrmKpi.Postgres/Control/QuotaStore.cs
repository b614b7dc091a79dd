using System.Text.Json;
using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>Quotas of agencies in the <c>control</c> schema.</summary>
public sealed class QuotaStore(Database database)
{
    /// <summary>The quota of an agency; null when there is no such agency.</summary>
    public async Task<AgencyQuota?> Find(string agency, CancellationToken ct = default)
    {
        await using var command = Command("find_quota", agency);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new AgencyQuota(reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt32(1))
            : null;
    }

    /// <summary>Sets it, as a process of ours.</summary>
    public Task<bool> Set(string agency, AgencyQuota quota, CancellationToken ct = default) =>
        Set(agency, quota, ActedBy.Process("crmkpi"), ct);

    /// <summary>Sets it, for new events and tenants from now on; false when there is no such agency.</summary>
    public async Task<bool> Set(string agency, AgencyQuota quota, ActedBy by, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = new NpgsqlCommand(Sql.Text<QuotaStore>("Control.Sql.set_quota.sql"), connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = agency });
        command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = quota.EventsPerDay });
        command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = quota.TenantsMax });
        if (await command.ExecuteNonQueryAsync(ct) == 0)
            return false;
        await AuditTrail.Append(connection, new Act(agency, "agency.quota_set", $"agency/{agency}", json =>
        {
            Write(json, "eventsPerDay", quota.EventsPerDay);
            Write(json, "tenants", quota.TenantsMax);
        }), by, ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>How many tenants an agency has.</summary>
    public async Task<long> CountTenants(string agency, CancellationToken ct = default)
    {
        await using var command = database.ForAgency(agency).Command(Sql.Text<QuotaStore>("Control.Sql.count_tenants.sql"), agency);
        return (long)(await command.ExecuteScalar(ct))!;
    }

    private static void Write(Utf8JsonWriter json, string name, long? limit)
    {
        if (limit is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private NpgsqlCommand Command(string name, string agency)
    {
        var command = database.DataSource.CreateCommand(Sql.Text<QuotaStore>($"Control.Sql.{name}.sql"));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = agency });
        return command;
    }
}
