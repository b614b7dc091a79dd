using CrmKpi.EndToEnd.Tests.Local;

namespace CrmKpi.EndToEnd.Tests.Cli;

[Collection(LocalCollection.Name)]
public sealed class TenantDeleteCommandTests(LocalFixture local)
{
    [Fact]
    public async Task A_tenant_is_deleted_once_it_is_confirmed_and_the_proof_is_shown()
    {
        await local.Cli("tenant", "set", "to-delete", "--name", "Gone soon");
        foreach (var wrong in (string[][])[[], ["--confirm", "to-delet"]])
        {
            var refused = await local.Cli(["tenant", "delete", "to-delete", .. wrong]);
            Assert.Equal(1, refused.Code);
            Assert.Contains("Nothing was deleted", refused.Error);
        }
        Assert.Equal(0, (await local.Cli("tenant", "show", "to-delete")).Code);

        var deleted = await local.Cli("tenant", "delete", "to-delete", "--confirm", "to-delete");
        Assert.True(deleted.Code == 0, deleted.Error);
        Assert.Matches(@"to-delete is erased: \d+ rows; a scan of \d+ tables found 0\.", deleted.Out);
        Assert.Equal(deleted.Out, (await local.Cli("tenant", "delete", "to-delete", "--confirm", "to-delete")).Out);
        Assert.DoesNotContain("to-delete", (await local.Cli("tenant", "list")).Out);
        Assert.Contains("tenant_deleted", (await local.Cli("tenant", "set", "to-delete", "--name", "Again")).Error);
    }

    [Fact]
    public async Task A_tenant_that_is_not_there_is_told()
    {
        var deleted = await local.Cli("tenant", "delete", "never-there", "--confirm", "never-there");
        Assert.Equal(1, deleted.Code);
        Assert.Contains("tenant_not_found", deleted.Error);
    }
}
