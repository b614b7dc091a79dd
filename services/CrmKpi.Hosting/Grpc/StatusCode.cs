namespace CrmKpi.Hosting.Grpc;

/// <summary>The canonical codes of gRPC.</summary>
public enum StatusCode
{
    /// <summary>Done.</summary>
    OK = 0,

    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>An error of which no more is known.</summary>
    Unknown = 2,

    /// <summary>The request is wrong, whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed first.</summary>
    DeadlineExceeded = 4,

    /// <summary>Something named in the request does not exist.</summary>
    NotFound = 5,

    /// <summary>Something to be made exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known but may not.</summary>
    PermissionDenied = 7,

    /// <summary>A limit or quota is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the call needs; retrying alone does not help.</summary>
    FailedPrecondition = 9,

    /// <summary>Lost against another change; read again and retry.</summary>
    Aborted = 10,

    /// <summary>Past the end.</summary>
    OutOfRange = 11,

    /// <summary>There is no such method, or no such encoding.</summary>
    Unimplemented = 12,

    /// <summary>An invariant is broken, of the protocol or of ours.</summary>
    Internal = 13,

    /// <summary>Not just now; retry with a pause.</summary>
    Unavailable = 14,

    /// <summary>Data are lost.</summary>
    DataLoss = 15,

    /// <summary>No valid credential.</summary>
    Unauthenticated = 16,
}

/// <summary>How a call ended.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Message">For people; never a secret, never another tenant's data.</param>
public sealed record Status(StatusCode Code, string Message)
{
    /// <summary>Done, without more to say.</summary>
    public static Status Ok { get; } = new(StatusCode.OK, "");
}
