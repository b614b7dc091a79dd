using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;

namespace CrmKpi.EventLog.Tests.Control;

public sealed class OperatorMigrationTests
{
    [Fact]
    public async Task Whoever_administered_the_installation_becomes_its_operator_and_nobody_else()
    {
        await using var db = await Given.DatabaseWith("acme");
        await db.Execute("INSERT INTO control.agencies (id, name) VALUES ('second', 'Second')");
        var keys = new KeyStore(db.Database);
        var everything = Scopes.Ingest | Scopes.Query | Scopes.Admin;
        var (admin, _) = await keys.Create("admin", "default", everything, null, null);
        var (bound, _) = await keys.Create("bound", "default", everything, ["acme"], null);
        var (reader, _) = await keys.Create("reader", "default", Scopes.Query, null, null);
        var (other, _) = await keys.Create("other", "second", everything, null, null);
        var (revoked, _) = await keys.Create("revoked", "default", everything, null, null);
        await new KeyEnding(db.Database).Revoke(revoked.Id, ActedBy.Process("test"));

        // The migration's first statement, on keys as they were before it.
        var migration = Sql.Text<KeyStore>("Migrations.003_identity.sql");
        await db.Execute(migration[..migration.IndexOf(';', StringComparison.Ordinal)]);

        Assert.Equal(Scopes.All, (await keys.Find(admin.Id))!.Scopes);
        foreach (var unchanged in new[] { bound, reader, other, revoked })
            Assert.Equal(unchanged.Scopes, (await keys.Find(unchanged.Id))!.Scopes);
    }
}
