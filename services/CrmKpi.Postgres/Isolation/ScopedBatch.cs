using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// Statements that go to the database in one round trip, under a <see cref="Scope"/>. Its own statement goes in front of them;
/// readers begin at the first result of theirs.
/// </summary>
public sealed class ScopedBatch : IAsyncDisposable
{
    private readonly NpgsqlBatch _batch;
    private readonly bool _enters;

    internal ScopedBatch(NpgsqlBatch batch, Scope? enter, ReadOnlySpan<NpgsqlBatchCommand> statements)
    {
        _batch = batch;
        if (enter is { } scope)
        {
            _enters = true;
            batch.BatchCommands.Add(scope.Enter());
        }
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement);
    }

    /// <summary>Seconds that all of it may take.</summary>
    public int Timeout { set => _batch.Timeout = value; }

    /// <summary>Adds a statement at the end.</summary>
    public void Add(NpgsqlBatchCommand statement) => _batch.BatchCommands.Add(statement);

    /// <summary>Runs it; the reader stands before the rows of the first statement.</summary>
    public async Task<NpgsqlDataReader> ExecuteReader(CancellationToken ct = default)
    {
        var reader = await _batch.ExecuteReaderAsync(ct);
        if (!_enters)
            return reader;
        try
        {
            await reader.NextResultAsync(ct);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs it; the rows that were inserted, changed or deleted.</summary>
    public Task<int> ExecuteNonQuery(CancellationToken ct = default) => _batch.ExecuteNonQueryAsync(ct);

    /// <summary>Runs it; the first value of the first row, null without a row.</summary>
    public async Task<object?> ExecuteScalar(CancellationToken ct = default)
    {
        await using var reader = await ExecuteReader(ct);
        return await reader.ReadAsync(ct) && reader.FieldCount > 0 ? reader.GetValue(0) : null;
    }

    /// <summary>Asks the server to stop what is running.</summary>
    public void Cancel() => _batch.Cancel();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _batch.DisposeAsync();
}
