using CrmKpi.Testing;

namespace CrmKpi.EventLog.Tests;

public sealed class TestDatabaseTests
{
    [Fact]
    public async Task Each_test_has_a_database_of_its_own_with_the_whole_schema()
    {
        await using var one = await TestDatabase.Create();
        await using var two = await TestDatabase.Create();
        await one.Execute("CREATE TABLE only_here (n int)");
        Assert.True(await one.Scalar<bool>("SELECT to_regclass('only_here') IS NOT NULL"));
        Assert.True(await two.Scalar<bool>("SELECT to_regclass('only_here') IS NULL"));
        Assert.True(await two.Scalar<bool>("SELECT to_regclass('control.migrations') IS NOT NULL"));
    }
}
