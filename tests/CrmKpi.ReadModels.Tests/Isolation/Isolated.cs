using CrmKpi.EventLog;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.ReadModels.Tests.Isolation;

/// <summary>Two tenants with rows in every table that has any, and helpers for statements in a role.</summary>
internal static class Isolated
{
    public const string A = "alpha";
    public const string B = "beta";

    /// <summary>Events, read models of two generations, quarantine, own KPIs and a verification, of both.</summary>
    public static async Task<World> TwoTenants(int events = 1_500, string agencyOfB = Agency.Default)
    {
        var world = await World.Create(A);
        if (agencyOfB != Agency.Default)
            await world.Database.Execute($"INSERT INTO control.agencies (id, name) VALUES ('{agencyOfB}', 'Second')");
        await new TenantStore(world.Database.Database).Register(B, B, agencyOfB);
        var quarantine = new Quarantine(world.Database.Database);
        var own = new OwnKpiStore(world.Database.Database);
        foreach (var (i, tenant) in new[] { A, B }.Index())
        {
            await world.Append(tenant, GeneratedTenant.Make(i + 1, events).Events);
            await world.CatchUp(tenant);
            var live = await world.Live(tenant);
            await world.Verifications.Start(tenant, live.RulesVersion, live.Settings);
            await world.CatchUp(tenant);
            await world.Append(tenant, "lead.created", "lead/late", "{}");
            await world.CatchUp(tenant);
            await quarantine.Add(tenant, [new QuarantinedEvent(
                0, default, "x", "crm", "deal.won", "wrong", "wrong", null, "{}"u8.ToArray(), 1)]);
            await own.Change(OwnKpiOwner.Tenant(tenant), ActedBy.Process("test"), _ => [new OwnKpiChange("mine", "{}")]);
        }
        await own.Change(OwnKpiOwner.Agency(Agency.Default), ActedBy.Process("test"), _ => [new OwnKpiChange("ours", "{}")]);
        return world;
    }

    /// <summary>The first column of a statement's rows, as text.</summary>
    public static async Task<IReadOnlyList<string>> Texts(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        return await Texts(reader);
    }

    /// <summary>The same under a tenant.</summary>
    public static async Task<IReadOnlyList<string>> Texts(ScopedSession session, string sql)
    {
        await using var command = session.Command(sql);
        await using var reader = await command.ExecuteReader();
        return await Texts(reader);
    }

    /// <summary>Asserts that PostgreSQL refuses for want of a right, or of a row-level policy.</summary>
    public static async Task Refused(Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(act);
        Assert.True(error.SqlState == PostgresErrorCodes.InsufficientPrivilege, error.ToString());
    }

    private static async Task<IReadOnlyList<string>> Texts(NpgsqlDataReader reader)
    {
        var texts = new List<string>();
        while (await reader.ReadAsync())
            texts.Add(reader.GetValue(0).ToString() ?? "");
        return texts;
    }
}
