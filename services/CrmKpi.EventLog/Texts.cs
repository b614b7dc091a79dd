using CrmKpi.Postgres;

namespace CrmKpi.EventLog;

/// <summary>The statements of the log, from <c>Sql/*.sql</c>.</summary>
internal static class Texts
{
    public static readonly string LockHead = Read("lock_head");
    public static readonly string FindStored = Read("find_stored");
    public static readonly string FindVersions = Read("find_versions");
    public static readonly string CopyEvents = Read("copy_events");
    public static readonly string InsertEvents = Read("insert_events");
    public static readonly string MoveStreams = Read("move_streams");
    public static readonly string MoveHead = Read("move_head");
    public static readonly string ReadEvents = Read("read_events");
    public static readonly string ReadStream = Read("read_stream");
    public static readonly string ReadTraceParents = Read("read_trace_parents");
    public static readonly string FindPosition = Read("find_position");
    public static readonly string FindPositionAt = Read("find_position_at");
    public static readonly string Head = Read("head");
    public static readonly string Heads = Read("heads");
    public static readonly string MovedHeads = Read("moved_heads");
    public static readonly string AgencyUsage = Read("agency_usage");
    public static readonly string Notify = Read("notify");
    public static readonly string AddQuarantine = Read("add_quarantine");
    public static readonly string TrimQuarantine = Read("trim_quarantine");
    public static readonly string ListQuarantine = Read("list_quarantine");
    public static readonly string RemoveQuarantine = Read("remove_quarantine");
    public static readonly string UpdateQuarantine = Read("update_quarantine");

    private static string Read(string name) => Sql.Text<EventLog>($"Sql.{name}.sql");
}
