namespace CrmKpi.EventLog;

/// <summary>The limits of appending. Beyond them a request is refused; nothing is kept without a bound.</summary>
public static class AppendLimits
{
    /// <summary>Events of one request.</summary>
    public const int RequestEventsMax = 20_000;

    /// <summary>Characters of an event's type: a limit of Marten's format.</summary>
    public const int TypeCharsMax = 500;

    /// <summary>Characters of a stream's id: it stands in an index, whose entries are bounded.</summary>
    public const int StreamIdCharsMax = 500;

    /// <summary>Characters of source, source id, trace context and correlation id each.</summary>
    public const int TextCharsMax = 1_000;

    /// <summary>Bytes of one event's data.</summary>
    public const int DataBytesMax = 4 << 20;

    /// <summary>
    /// Events that go into one transaction when several requests wait; a larger single request goes alone.
    /// </summary>
    public const int GroupEventsMax = 5_000;

    /// <summary>Bytes of data that go into one transaction when several requests wait.</summary>
    public const int GroupBytesMax = 8 << 20;

    /// <summary>Events of one tenant that wait or are being written.</summary>
    public const int TenantEventsMax = 40_000;

    /// <summary>Bytes of data of one tenant that wait or are being written.</summary>
    public const int TenantBytesMax = 32 << 20;

    /// <summary>Bytes of data of all tenants that wait or are being written.</summary>
    public const int TotalBytesMax = 96 << 20;

    /// <summary>
    /// Transactions at one time; further tenants wait for their turn, and meanwhile their requests gather. More of them than
    /// cores can serve make each smaller and none sooner.
    /// </summary>
    public static readonly int TransactionsMax = Math.Clamp(2 * Environment.ProcessorCount, 4, 16);

    /// <summary>Of these, transactions with so many events that they go by COPY.</summary>
    public static readonly int BulkTransactionsMax = TransactionsMax / 2;

    /// <summary>Seconds that one step of a transaction may take, waiting for the tenant's lock included.</summary>
    public const int StepSecondsMax = 30;

    /// <summary>Tries when the database is not there or a connection breaks.</summary>
    public const int TriesMax = 8;

    /// <summary>When a refused caller should come again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
}
