namespace CrmKpi.Hosting.Access;

/// <summary>What a credential is worth.</summary>
/// <param name="Caller">Null = it is wrong.</param>
/// <param name="Reason">Why a token is wrong, for the log of whoever runs this; never why a key is.</param>
/// <param name="IsTold">
/// The caller may know the reason: they hold what their issuer has signed. Anybody else learns nothing from being
/// refused.
/// </param>
/// <param name="KeepFor">How long this may be remembered at most; null = as long as keys are.</param>
internal sealed record Verdict(Caller? Caller, string? Reason, bool IsTold, TimeSpan? KeepFor)
{
    /// <summary>Wrong, and nothing to say about it.</summary>
    public static readonly Verdict Unknown = new(null, null, false, null);

    public static Verdict Right(Caller caller, TimeSpan? keepFor = null) => new(caller, null, false, keepFor);

    /// <summary>A token that may be anybody's making.</summary>
    public static Verdict Forged(string reason) => new(null, reason, false, null);

    /// <summary>A token that its issuer has signed, and that opens nothing here.</summary>
    public static Verdict Refused(string reason) => new(null, reason, true, null);
}
