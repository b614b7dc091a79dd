using Npgsql;
using NpgsqlTypes;

namespace CrmKpi.EventLog.Append;

/// <summary>Typed parameters of the append's statements.</summary>
internal static class AppendParameters
{
    public static NpgsqlParameter Text(string value) => new NpgsqlParameter<string>
    {
        TypedValue = value,
        NpgsqlDbType = NpgsqlDbType.Varchar,
    };

    public static NpgsqlParameter TextArray(string?[] values) => new NpgsqlParameter<string?[]>
    {
        TypedValue = values,
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar,
    };

    public static NpgsqlParameter Numbers(long[] values) => new NpgsqlParameter<long[]> { TypedValue = values };

    public static NpgsqlParameter Time(DateTime utc) => new NpgsqlParameter<DateTime>
    {
        TypedValue = utc,
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
    };
}
