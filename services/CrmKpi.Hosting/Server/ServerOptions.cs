using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Hosting.Server;

/// <summary>Limits of the HTTP server: section <c>Server</c>.</summary>
public sealed class ServerOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Server";

    /// <summary>Body size of an endpoint that states no limit of its own.</summary>
    [Range(1_024, 1_073_741_824)]
    public long BodyBytesMax { get; set; } = 1_048_576;

    /// <summary>All headers of a request together.</summary>
    [Range(1_024, 1_048_576)]
    public int HeaderBytesMax { get; set; } = 32_768;

    /// <summary>The request line: method, path and query.</summary>
    [Range(512, 65_536)]
    public int RequestLineBytesMax { get; set; } = 16_384;

    /// <summary>Open connections; more are refused.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsMax { get; set; } = 10_000;

    /// <summary>A client has this long to send its headers.</summary>
    [Range(1, 600)]
    public int HeaderSecondsMax { get; set; } = 15;

    /// <summary>A body may not come slower, averaged after <see cref="RateSecondsGrace"/>; 0 = no limit.</summary>
    [Range(0, 1_048_576)]
    public double BodyBytesPerSecondMin { get; set; } = 240;

    /// <summary>
    /// Further addresses, separated by commas, that serve HTTP/2 without TLS: for gRPC. Where there is TLS, its port serves both.
    /// </summary>
    public string Http2Urls { get; set; } = "";

    /// <summary>
    /// A further address (<c>http://+:9090</c>) that serves the health addresses and nothing else, without TLS: for probes. Empty = none.
    /// </summary>
    public string ManagementUrl { get; set; } = "";

    /// <summary>Requests at the same time on one HTTP/2 connection.</summary>
    [Range(1, 10_000)]
    public int Http2StreamsMax { get; set; } = 100;

    /// <summary>An HTTP/2 connection on which nothing came for this long is pinged.</summary>
    [Range(1, 3_600)]
    public int PingSecondsInterval { get; set; } = 30;

    /// <summary>A ping that is not answered for this long ends its connection.</summary>
    [Range(1, 3_600)]
    public int PingSecondsMax { get; set; } = 20;

    /// <summary>A gRPC call that waits for its caller, while nothing moves in either direction, ends after this long.</summary>
    [Range(1, 86_400)]
    public int StreamIdleSecondsMax { get; set; } = 300;

    /// <summary>
    /// An answer may not be taken slower, averaged after <see cref="RateSecondsGrace"/>; 0 = no limit. An answer that waits for news
    /// is not slow.
    /// </summary>
    [Range(0, 1_048_576)]
    public double AnswerBytesPerSecondMin { get; set; } = 240;

    /// <summary>So long a body or an answer may be slower.</summary>
    [Range(2, 600)]
    public int RateSecondsGrace { get; set; } = 10;

    /// <summary>
    /// After a signal to stop, the service is not ready but takes requests for so long: until load balancers have noticed. In
    /// Kubernetes more than the period of the readiness probe.
    /// </summary>
    [Range(0, 300)]
    public double DrainSeconds { get; set; }

    /// <summary>After that, running requests have this long.</summary>
    [Range(0, 600)]
    public int ShutdownSecondsMax { get; set; } = 25;
}
