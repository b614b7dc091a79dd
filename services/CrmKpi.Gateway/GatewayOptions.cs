using System.ComponentModel.DataAnnotations;
using System.Net;
using Yarp.ReverseProxy.LoadBalancing;

namespace CrmKpi.Gateway;

/// <summary>Where the services are, and how patient the gateway is with them: section <c>Gateway</c>.</summary>
public sealed class GatewayOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Gateway";

    private static readonly string[] Policies =
    [
        LoadBalancingPolicies.PowerOfTwoChoices, LoadBalancingPolicies.RoundRobin, LoadBalancingPolicies.LeastRequests,
        LoadBalancingPolicies.Random, LoadBalancingPolicies.FirstAlphabetical,
    ];

    /// <summary>
    /// Base URLs of ingestion, separated by commas. A host that is a name stands for all addresses it resolves to, as a headless
    /// service does.
    /// </summary>
    [Required(ErrorMessage = "Gateway:Ingestion is missing: the base URL of ingestion, or several separated by commas.")]
    public string Ingestion { get; set; } = "";

    /// <summary>Base URLs of query.</summary>
    [Required(ErrorMessage = "Gateway:Query is missing: the base URL of query, or several separated by commas.")]
    public string Query { get; set; } = "";

    /// <summary>Base URLs of projections.</summary>
    [Required(ErrorMessage = "Gateway:Projections is missing: the base URL of projections, or several separated by commas.")]
    public string Projections { get; set; } = "";

    /// <summary>Base URLs where ingestion serves HTTP/2 without TLS (its <c>Server:Http2Urls</c>), for gRPC; empty = no gRPC.</summary>
    public string IngestionHttp2 { get; set; } = "";

    /// <summary>The same of query.</summary>
    public string QueryHttp2 { get; set; } = "";

    /// <summary>A forwarded gRPC call during which nothing moves for this long is given up.</summary>
    [Range(1, 86_400)]
    public int GrpcActivitySecondsMax { get; set; } = 3_600;

    /// <summary>How often names are resolved anew; 0 = never, the operating system resolves them for each connection.</summary>
    [Range(0, 3_600)]
    public double DnsSecondsInterval { get; set; } = 5;

    /// <summary>Which of a service's addresses gets a request.</summary>
    public string LoadBalancing { get; set; } = LoadBalancingPolicies.PowerOfTwoChoices;

    /// <summary>A forwarded request during which nothing moves for this long is given up (504).</summary>
    [Range(1, 3_600)]
    public int ActivitySecondsMax { get; set; } = 100;

    /// <summary>A request that is no stream is given up after this long, whatever moves (504).</summary>
    [Range(1, 3_600)]
    public int TotalSecondsMax { get; set; } = 120;

    /// <summary>A service must accept a connection within this time.</summary>
    [Range(1, 60)]
    public int ConnectSecondsMax { get; set; } = 5;

    /// <summary>Second attempts a second, of all requests together; 0 = none. See <c>Routing/SecondAttempt.cs</c>.</summary>
    [Range(0, 100_000)]
    public double SecondAttemptsPerSecond { get; set; } = 50;

    /// <summary>How often each service is asked whether it is ready.</summary>
    [Range(0.1, 300)]
    public double HealthSecondsInterval { get; set; } = 2;

    /// <summary>The largest body of events other than a stream.</summary>
    [Range(1_024, 67_108_864)]
    public long BatchBytesMax { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// Addresses and networks (<c>10.0.0.0/8</c>), separated by commas, whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are
    /// believed; from all others they are ignored.
    /// </summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>The parts of a setting that is a list.</summary>
    public static IReadOnlyList<string> ListOf(string setting) =>
        setting.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The network of <see cref="TrustedProxies"/>; an address is the network of it alone.</summary>
    public static IPNetwork? NetworkOf(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, string Setting)[] services =
        [
            (nameof(Ingestion), Ingestion), (nameof(Query), Query), (nameof(Projections), Projections),
            (nameof(IngestionHttp2), IngestionHttp2), (nameof(QueryHttp2), QueryHttp2),
        ];
        foreach (var (name, setting) in services)
            foreach (var url in ListOf(setting))
                if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                    yield return new ValidationResult($"Gateway:{name} holds '{url}', which is not an http(s) URL.", [name]);
        if (!Policies.Contains(LoadBalancing, StringComparer.Ordinal))
            yield return new ValidationResult(
                $"Gateway:LoadBalancing is '{LoadBalancing}'; known are {string.Join(", ", Policies)}.", [nameof(LoadBalancing)]);
        foreach (var text in ListOf(TrustedProxies))
            if (NetworkOf(text) is null)
                yield return new ValidationResult(
                    $"Gateway:TrustedProxies holds '{text}', which is no address and no network.", [nameof(TrustedProxies)]);
    }
}
