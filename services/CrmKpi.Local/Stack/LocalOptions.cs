using CrmKpi.Postgres.Embedded;

namespace CrmKpi.Local.Stack;

/// <summary>How the local product runs.</summary>
public sealed record LocalOptions
{
    /// <summary>The gateway's port when none is given.</summary>
    public const int PortDefault = 8080;

    /// <summary>The gateway's port on localhost; 0 = any free one.</summary>
    public int Port { get; init; } = PortDefault;

    /// <summary>The gateway's gRPC port when none is given.</summary>
    public const int GrpcPortDefault = 8081;

    /// <summary>The gateway's port for gRPC (HTTP/2 without TLS) on localhost; 0 = any free one.</summary>
    public int GrpcPort { get; init; } = GrpcPortDefault;

    /// <summary>Where database and logs lie.</summary>
    public string Data { get; init; } = EmbeddedServer.DefaultDataDirectory;

    /// <summary>Npgsql connection string of a server to use instead of the embedded one.</summary>
    public string? Postgres { get; init; }

    /// <summary>Further settings of all services by name, for example of issuers of tokens.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
