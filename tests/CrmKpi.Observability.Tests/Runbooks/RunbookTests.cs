namespace CrmKpi.Observability.Tests.Runbooks;

public sealed class RunbookTests
{
    private const string Good = """
        # A
        ## What it means
        ## See
        ```sh
        ```
        ## Do
        ## When it is harmless
        """;

    [Fact]
    public void Every_runbook_says_what_it_means_and_what_to_see_and_do()
    {
        Assert.NotEmpty(Runbook.All);
        Assert.Empty(Runbook.All.SelectMany(r => Runbook.Broken(r.Key, r.Value)));
    }

    [Fact]
    public void A_good_runbook_is_not_complained_of() => Assert.Empty(Runbook.Broken("A", Good));

    [Theory]
    [InlineData("# A", "# B", "A: is not headed by its alert")]
    [InlineData("## Do", "## Try", "A: has not the sections ## What it means, ## See, ## Do, ## When it is harmless")]
    [InlineData("```", "", "A: names no command")]
    public void A_bad_runbook_is_found(string part, string otherwise, string broken) =>
        Assert.Equal([broken], Runbook.Broken("A", Good.Replace(part, otherwise)));

    [Fact]
    public void A_long_runbook_is_found() =>
        Assert.Equal(["A: is longer than 60 lines"], Runbook.Broken("A", Good + new string('\n', 60)));
}
