using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace CrmKpi.ReadModels.Store;

/// <summary>One fact table: the statements of its <see cref="FactSchema"/>.</summary>
internal sealed class FactTable
{
    private readonly FactSchema _schema;
    private readonly string _upsertSql;
    private readonly string _copySql;
    private readonly string _deleteSql;

    private FactTable(FactSchema schema)
    {
        _schema = schema;
        var names = schema.Columns.Select(column => column.Name).ToArray();
        var columns = string.Concat(names.Select(name => $", \"{name}\""));
        _upsertSql = Sql.Text<FactTable>("Sql.upsert_facts.sql")
            .Replace("{table}", schema.Table)
            .Replace("{columns}", columns)
            .Replace("{arrays}", string.Concat(schema.Columns.Select((c, i) => $", ${i + 6}::{SqlType(c.Type)}[]")))
            .Replace("{updates}", string.Concat(names.Select(name => $", \"{name}\" = excluded.\"{name}\"")));
        _copySql = Sql.Text<FactTable>("Sql.copy_facts.sql").Replace("{table}", schema.Table).Replace("{columns}", columns);
        _deleteSql = Sql.Text<FactTable>("Sql.delete_facts.sql").Replace("{table}", schema.Table);
        LoadSql = Sql.Text<FactTable>("Sql.load_states.sql").Replace("{table}", schema.Table);
    }

    private static readonly Dictionary<EntityKind, FactTable> Tables =
        FactSchema.All.ToDictionary(schema => schema.Kind, schema => new FactTable(schema));

    /// <summary>The table of an entity kind.</summary>
    public static FactTable Of(EntityKind kind) => Tables[kind];

    /// <summary>Reads the states of some ids.</summary>
    public string LoadSql { get; }

    /// <summary>The PostgreSQL type of a fact column.</summary>
    public static string SqlType(FactType type) => type switch
    {
        FactType.Text => "text",
        FactType.Integer => "integer",
        FactType.BigInteger => "bigint",
        FactType.Boolean => "boolean",
        FactType.Timestamp => "timestamptz",
        FactType.Date => "date",
        FactType.Money => "numeric",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such fact type."),
    };

    /// <summary>The statement that writes facts that may have rows.</summary>
    public NpgsqlBatchCommand Upsert(
        string tenant, int generation, long sequence, IReadOnlyList<EntityState> states, TenantSettings settings)
    {
        var columns = _schema.Columns.Select(column => NewColumn(column.Type, states.Count)).ToArray();
        var row = new object?[columns.Length];
        for (var i = 0; i < states.Count; i++)
        {
            Array.Clear(row);
            states[i].WriteFact(settings, row);
            for (var c = 0; c < row.Length; c++)
                columns[c].SetValue(row[c], i);
        }
        var command = new NpgsqlBatchCommand(_upsertSql)
        {
            Parameters =
            {
                new() { Value = tenant },
                new() { Value = generation },
                new() { Value = sequence },
                new() { Value = states.Select(state => state.Key.Id).ToArray() },
                new() { Value = states.Select(state => state.Serialize()).ToArray() },
            },
        };
        for (var c = 0; c < columns.Length; c++)
            command.Parameters.Add(new()
            {
                Value = columns[c],
                NpgsqlDbType = NpgsqlDbType.Array | DbType(_schema.Columns[c].Type),
            });
        return command;
    }

    /// <summary>The statement that deletes facts of which nothing is known any more.</summary>
    public NpgsqlBatchCommand Delete(string tenant, int generation, IEnumerable<EntityKey> keys) => new(_deleteSql)
    {
        Parameters =
        {
            new() { Value = tenant },
            new() { Value = generation },
            new() { Value = keys.Select(key => key.Id).ToArray() },
        },
    };

    /// <summary>Streams facts that have no row yet.</summary>
    public async Task Copy(
        NpgsqlConnection connection, int generation, long sequence, IReadOnlyList<EntityState> states,
        TenantSettings settings, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(_copySql, ct);
        var types = _schema.Columns.Select(column => DbType(column.Type)).ToArray();
        var row = new object?[types.Length];
        foreach (var state in states)
        {
            copy.StartRow();
            copy.Write(generation, NpgsqlDbType.Integer);
            copy.Write(sequence, NpgsqlDbType.Bigint);
            copy.Write(state.Key.Id, NpgsqlDbType.Text);
            copy.Write(state.Serialize(), NpgsqlDbType.Bytea);
            Array.Clear(row);
            state.WriteFact(settings, row);
            for (var c = 0; c < row.Length; c++)
                WriteValue(copy, row[c], types[c]);
        }
        await copy.CompleteAsync(ct);
    }

    /// <summary>Unboxed: a boxed value would be looked up by its type in every row.</summary>
    private static void WriteValue(NpgsqlBinaryImporter copy, object? value, NpgsqlDbType type)
    {
        switch (value)
        {
            case null: copy.WriteNull(); break;
            case string v: copy.Write(v, type); break;
            case int v: copy.Write(v, type); break;
            case long v: copy.Write(v, type); break;
            case bool v: copy.Write(v, type); break;
            case DateTime v: copy.Write(v, type); break;
            case DateOnly v: copy.Write(v, type); break;
            case decimal v: copy.Write(v, type); break;
            default: throw new InvalidOperationException($"A fact column cannot hold a {value.GetType().Name}.");
        }
    }

    private static Array NewColumn(FactType type, int length) => type switch
    {
        FactType.Text => new string?[length],
        FactType.Integer => new int?[length],
        FactType.BigInteger => new long?[length],
        FactType.Boolean => new bool?[length],
        FactType.Timestamp => new DateTime?[length],
        FactType.Date => new DateOnly?[length],
        FactType.Money => new decimal?[length],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such fact type."),
    };

    private static NpgsqlDbType DbType(FactType type) => type switch
    {
        FactType.Text => NpgsqlDbType.Text,
        FactType.Integer => NpgsqlDbType.Integer,
        FactType.BigInteger => NpgsqlDbType.Bigint,
        FactType.Boolean => NpgsqlDbType.Boolean,
        FactType.Timestamp => NpgsqlDbType.TimestampTz,
        FactType.Date => NpgsqlDbType.Date,
        FactType.Money => NpgsqlDbType.Numeric,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such fact type."),
    };
}
