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

    /// <summary>A body may not come slower, averaged after a grace time of ten seconds; 0 = no limit.</summary>
    [Range(0, 1_048_576)]
    public double BodyBytesPerSecondMin { get; set; } = 240;

    /// <summary>After a signal to stop, running requests have this long.</summary>
    [Range(0, 600)]
    public int ShutdownSecondsMax { get; set; } = 25;
}
