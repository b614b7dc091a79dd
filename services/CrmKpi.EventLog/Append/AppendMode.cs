namespace CrmKpi.EventLog.Append;

/// <summary>How a transaction goes about a group; each way keeps the same promises.</summary>
/// <param name="FindStored">
/// False leaves out the look for stored ids: an id that is stored then ends the transaction with a unique violation, and
/// nothing is written.
/// </param>
/// <param name="ByCopy">True writes by COPY however few the events are.</param>
internal readonly record struct AppendMode(bool FindStored, bool ByCopy);
