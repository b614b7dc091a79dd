using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Gateway;

/// <summary>Where the services are, and how patient the gateway is with them: section <c>Gateway</c>.</summary>
public sealed class GatewayOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Gateway";

    /// <summary>Base URLs of ingestion, separated by commas; requests take turns among them.</summary>
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

    /// <summary>A forwarded request during which nothing moves for this long is given up (504).</summary>
    [Range(1, 3_600)]
    public int ActivitySecondsMax { get; set; } = 100;

    /// <summary>A service must accept a connection within this time.</summary>
    [Range(1, 60)]
    public int ConnectSecondsMax { get; set; } = 5;

    /// <summary>How often each service is asked whether it is ready.</summary>
    [Range(0.1, 300)]
    public double HealthSecondsInterval { get; set; } = 2;

    /// <summary>The largest body of events other than a stream.</summary>
    [Range(1_024, 67_108_864)]
    public long BatchBytesMax { get; set; } = 8 * 1024 * 1024;

    /// <summary>The base URLs of a setting.</summary>
    public static IReadOnlyList<string> UrlsOf(string setting) =>
        setting.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, string Setting)[] services =
        [
            (nameof(Ingestion), Ingestion), (nameof(Query), Query), (nameof(Projections), Projections),
            (nameof(IngestionHttp2), IngestionHttp2), (nameof(QueryHttp2), QueryHttp2),
        ];
        foreach (var (name, setting) in services)
            foreach (var url in UrlsOf(setting))
                if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                    yield return new ValidationResult($"Gateway:{name} holds '{url}', which is not an http(s) URL.", [name]);
    }
}
