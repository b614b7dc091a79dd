using System.Data;
using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>The door to the rows of a <see cref="Scope"/>: all access to data goes through one.</summary>
public readonly struct ScopedSession
{
    private readonly NpgsqlDataSource _source;

    internal ScopedSession(NpgsqlDataSource source, Scope scope) => (_source, Scope) = (source, scope);

    /// <summary>Whose rows.</summary>
    public Scope Scope { get; }

    /// <summary>Statements that are one transaction and one round trip.</summary>
    public ScopedBatch Batch(params ReadOnlySpan<NpgsqlBatchCommand> statements) =>
        new(_source.CreateBatch(), Scope, statements);

    /// <summary>One statement with positional parameters.</summary>
    public ScopedBatch Command(string sql, params ReadOnlySpan<object> parameters) => Batch(Statement(sql, parameters));

    /// <summary>Begins a transaction. It costs no round trip: begin and scope go with the first statements.</summary>
    public async Task<ScopedTransaction> Begin(
        IsolationLevel isolation = IsolationLevel.ReadCommitted, CancellationToken ct = default)
    {
        var connection = await _source.OpenConnectionAsync(ct);
        try
        {
            return new ScopedTransaction(connection, await connection.BeginTransactionAsync(isolation, ct), Scope);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    internal static NpgsqlBatchCommand Statement(string sql, ReadOnlySpan<object> parameters)
    {
        var statement = new NpgsqlBatchCommand(sql);
        foreach (var value in parameters)
            statement.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return statement;
    }
}

/// <summary>A transaction under a <see cref="Scope"/>. Disposed without a commit it is rolled back.</summary>
public sealed class ScopedTransaction : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly Scope _scope;
    private bool _entered;

    internal ScopedTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, Scope scope) =>
        (_connection, _transaction, _scope) = (connection, transaction, scope);

    /// <summary>For COPY, after the first statements.</summary>
    /// <exception cref="InvalidOperationException">No statement has set the scope yet.</exception>
    public NpgsqlConnection Connection => _entered
        ? _connection
        : throw new InvalidOperationException("The first statement of a transaction goes through Batch: it sets the scope.");

    /// <summary>The connection, with the scope set by a round trip of its own where nothing has set it yet.</summary>
    public async Task<NpgsqlConnection> Enter(CancellationToken ct = default)
    {
        if (!_entered)
        {
            await using var nothing = Batch();
            await nothing.ExecuteNonQuery(ct);
        }
        return _connection;
    }

    /// <summary>The next statements, in one round trip.</summary>
    public ScopedBatch Batch(params ReadOnlySpan<NpgsqlBatchCommand> statements)
    {
        var batch = new ScopedBatch(new NpgsqlBatch(_connection, _transaction), _entered ? null : _scope, statements);
        _entered = true;
        return batch;
    }

    /// <summary>One statement with positional parameters.</summary>
    public ScopedBatch Command(string sql, params ReadOnlySpan<object> parameters) =>
        Batch(ScopedSession.Statement(sql, parameters));

    /// <summary>Runs one statement; the rows that it changed.</summary>
    public async Task<int> Execute(string sql, ReadOnlyMemory<object> parameters, CancellationToken ct = default)
    {
        await using var command = Command(sql, parameters.Span);
        return await command.ExecuteNonQuery(ct);
    }

    /// <summary>Commits.</summary>
    public Task Commit(CancellationToken ct = default) => _transaction.CommitAsync(ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
