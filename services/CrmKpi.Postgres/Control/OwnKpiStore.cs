using System.Text.Json;
using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>The KPIs that agencies and tenants define, as JSON: what they mean is not known here.</summary>
public sealed class OwnKpiStore(Database database)
{
    /// <summary>The definitions of some owners, all as of one moment; every owner is in the answer.</summary>
    public async Task<IReadOnlyDictionary<OwnKpiOwner, OwnKpiRows>> Read(
        IReadOnlyCollection<OwnKpiOwner> owners, CancellationToken ct = default)
    {
        await using var command = database.For(ScopeOf(owners)).Command(Text("read_own_kpis"), Names(owners));
        return await Read(command, owners, ct);
    }

    /// <summary>The versions of the definitions of some owners; every owner is in the answer.</summary>
    public async Task<IReadOnlyDictionary<OwnKpiOwner, long>> Versions(
        IReadOnlyCollection<OwnKpiOwner> owners, CancellationToken ct = default)
    {
        await using var command = database.For(ScopeOf(owners)).Command(Text("read_own_kpi_versions"), Names(owners));
        var byName = owners.ToDictionary(o => o.ToString());
        var versions = owners.ToDictionary(o => o, _ => 0L);
        await using var reader = await command.ExecuteReader(ct);
        while (await reader.ReadAsync(ct))
            versions[byName[reader.GetString(0)]] = reader.GetInt64(1);
        return versions;
    }

    /// <summary>
    /// Changes an owner's definitions: nobody else changes them between what <paramref name="decide"/> sees and what it
    /// asks for.
    /// When it throws or asks for nothing, nothing changes. The act stands in the trail of the actor's agency.
    /// </summary>
    /// <returns>The version after it.</returns>
    public async Task<long> Change(
        OwnKpiOwner owner, ActedBy by, Func<OwnKpiRows, IReadOnlyList<OwnKpiChange>> decide,
        CancellationToken ct = default)
    {
        await using var transaction = await database.For(owner.Scope).Begin(ct: ct);
        await Execute(transaction, "lock_own_kpis", [owner.ToString()], ct);
        await using var read = transaction.Command(Text("read_own_kpis"), Names([owner]));
        var before = (await Read(read, [owner], ct))[owner];
        var changes = decide(before);
        if (changes.Count == 0)
            return before.Version;
        var version = before.Version + 1;
        foreach (var change in changes)
            if (change.Definition is { } definition)
                await Execute(transaction, "save_own_kpi", [owner.ToString(), change.Id, definition, version], ct);
            else
                await Execute(transaction, "delete_own_kpi", [owner.ToString(), change.Id], ct);
        await Execute(transaction, "move_own_kpis", [owner.ToString(), version], ct);
        await AuditTrail.Append(transaction.Connection, new Act(by.Actor.Agency, "kpis.changed", owner.ToString(), json =>
        {
            json.WriteNumber("version", version);
            Write(json, "saved", changes.Where(c => c.Definition is not null));
            Write(json, "removed", changes.Where(c => c.Definition is null));
        }), by, ct);
        await transaction.Commit(ct);
        return version;
    }

    private static async Task<IReadOnlyDictionary<OwnKpiOwner, OwnKpiRows>> Read(
        ScopedBatch command, IReadOnlyCollection<OwnKpiOwner> owners, CancellationToken ct)
    {
        var rows = owners.ToDictionary(o => o.ToString(), _ => (Version: 0L, Kpis: new List<OwnKpiRow>()));
        await using var reader = await command.ExecuteReader(ct);
        while (await reader.ReadAsync(ct))
        {
            var kpis = rows[reader.GetString(0)].Kpis;
            rows[reader.GetString(0)] = (reader.GetInt64(1), kpis);
            if (!reader.IsDBNull(2))
                kpis.Add(new OwnKpiRow(
                    reader.GetString(2), reader.GetString(3), reader.GetInt64(4),
                    reader.GetFieldValue<DateTimeOffset>(5)));
        }
        return owners.ToDictionary(o => o, o => new OwnKpiRows(rows[o.ToString()].Version, rows[o.ToString()].Kpis));
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<OwnKpiChange> changes)
    {
        json.WriteStartArray(name);
        foreach (var change in changes)
            json.WriteStringValue(change.Id);
        json.WriteEndArray();
    }

    private static Task Execute(ScopedTransaction transaction, string name, object[] values, CancellationToken ct) =>
        transaction.Execute(Text(name), values, ct);

    /// <summary>Of one tenant, one agency, or both.</summary>
    private static Scope ScopeOf(IEnumerable<OwnKpiOwner> owners)
    {
        var scopes = owners.Select(owner => owner.Scope).ToArray();
        return new Scope(
            scopes.Select(s => s.Tenant).Where(t => t.Length > 0).Distinct(StringComparer.Ordinal).SingleOrDefault() ?? "",
            scopes.Select(s => s.Agency).Where(a => a.Length > 0).Distinct(StringComparer.Ordinal).SingleOrDefault() ?? "");
    }

    private static NpgsqlParameter<string[]> Names(IEnumerable<OwnKpiOwner> owners) =>
        new() { TypedValue = [.. owners.Select(o => o.ToString())] };

    private static string Text(string name) => Sql.Text<OwnKpiStore>($"Control.Sql.{name}.sql");
}
