using CrmKpi.Hosting.Access.Tokens;

namespace CrmKpi.Services.Tests.Access;

/// <summary>Refused tokens are logged, and fill no log.</summary>
public sealed class TokenRefusalTests
{
    [Fact]
    public void A_reason_is_told_once_a_minute_with_how_often_it_was_so()
    {
        var (time, logs) = (new ManualTime(), new LogCapture());
        var refusals = new TokenRefusals(time, logs.CreateLogger("test"));
        for (var i = 0; i < 100; i++)
            refusals.Note("corp", "The token has expired.");
        Assert.Contains("(1 since", Assert.Single(logs.Lines));

        // Each reason and issuer for itself.
        refusals.Note("corp", "The token is for another audience.");
        refusals.Note("house", "The token has expired.");
        Assert.Equal(3, logs.Lines.Count);

        time.Now += TimeSpan.FromSeconds(59);
        refusals.Note("corp", "The token has expired.");
        Assert.Equal(3, logs.Lines.Count);
        time.Now += TimeSpan.FromSeconds(1);
        refusals.Note("corp", "The token has expired.");
        Assert.Contains("(101 since", logs.Lines.Last());
    }
}
