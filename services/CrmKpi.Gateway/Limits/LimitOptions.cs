using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// What the gateway lets through: section <c>Limits</c>. All limits are those of one gateway process: behind a load balancer with
/// three gateways a caller may get three times as much.
/// </summary>
public sealed class LimitOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Limits";

    /// <summary>Requests a second of one caller: a key, or a user with all of their tokens.</summary>
    [Range(0.001, 1_000_000)]
    public double CredentialPerSecond { get; set; } = 20_000;

    /// <summary>Requests of one caller at once, after a pause.</summary>
    [Range(1, 10_000_000)]
    public int CredentialBurst { get; set; } = 40_000;

    /// <summary>Requests of one caller in flight; a stream counts as one while it lasts.</summary>
    [Range(1, 1_000_000)]
    public int CredentialInFlightMax { get; set; } = 1_024;

    /// <summary>Credentials known at a time. One that finds no place counts by its address.</summary>
    [Range(1, 10_000_000)]
    public int CredentialsMax { get; set; } = 20_000;

    /// <summary>A credential that is not used this long has to prove itself again.</summary>
    [Range(1, 86_400)]
    public int CredentialSecondsIdle { get; set; } = 600;

    /// <summary>Requests a second of one address that bring no credential, or one that no service has accepted yet.</summary>
    [Range(0.001, 1_000_000)]
    public double AddressPerSecond { get; set; } = 50;

    /// <summary>The same at once, after a pause.</summary>
    [Range(1, 10_000_000)]
    public int AddressBurst { get; set; } = 500;

    /// <summary>The same in flight.</summary>
    [Range(1, 1_000_000)]
    public int AddressInFlightMax { get; set; } = 256;

    /// <summary>Open connections of one address; more are cut off. Trusted proxies are not counted.</summary>
    [Range(1, 1_000_000)]
    public int AddressConnectionsMax { get; set; } = 2_000;

    /// <summary>Addresses known at a time; more share one allowance.</summary>
    [Range(1, 10_000_000)]
    public int AddressesMax { get; set; } = 100_000;

    /// <summary>Requests in flight, all callers together; beyond it the answer is 503.</summary>
    [Range(1, 1_000_000)]
    public int InFlightMax { get; set; } = 8_192;
}
