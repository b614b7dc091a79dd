using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// The roles of <see cref="DatabaseRoles"/>, made where they are missing. Roles belong to the whole server: other databases'
/// starts may make the same ones at the same time, so that "there already" is no error.
/// </summary>
internal static class RoleSetup
{
    private const string MissingSql = """
        SELECT statement FROM unnest($1::text[], $2::text[]) AS wanted (role, statement)
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
        UNION ALL
        SELECT format('GRANT %s TO %s', role, member) FROM unnest($3::text[], $4::text[]) AS wanted (role, member)
        WHERE NOT EXISTS (
            SELECT FROM pg_auth_members m
            WHERE m.roleid = (SELECT oid FROM pg_roles WHERE rolname = role)
                AND m.member = (SELECT oid FROM pg_roles WHERE rolname = wanted.member))
        """;

    private const string OwnerSql = """
        SELECT coalesce((SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = 'control'), $1)
        """;

    /// <summary>The statements that make what is missing.</summary>
    public static async Task<IReadOnlyList<string>> Missing(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(MissingSql, connection)
        {
            Parameters =
            {
                new() { Value = DatabaseRoles.All },
                new() { Value = DatabaseRoles.All.Select(DatabaseRoles.Create).ToArray() },
                new() { Value = DatabaseRoles.Memberships.Select(m => m.Role).ToArray() },
                new() { Value = DatabaseRoles.Memberships.Select(m => m.Member).ToArray() },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var statements = new List<string>();
        while (await reader.ReadAsync(ct))
            statements.Add(reader.GetString(0));
        return statements;
    }

    /// <summary>Makes what is missing; true when something was. A login that is no superuser becomes a member of what it makes.</summary>
    /// <exception cref="MigrationRightsException">The login may not make roles.</exception>
    public static async Task<bool> Make(NpgsqlConnection connection, CancellationToken ct)
    {
        var missing = await Missing(connection, ct);
        if (missing.Count == 0)
            return false;
        var isSuperuser = await Scalar(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = session_user", ct) is true;
        try
        {
            foreach (var statement in missing)
            {
                await Execute(connection, statement, ct);
                if (!isSuperuser && statement.StartsWith("CREATE ROLE ", StringComparison.Ordinal))
                    await Execute(connection, $"GRANT {statement.Split(' ')[2]} TO session_user", ct);
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationRightsException(e, string.Concat(missing.Select(statement => $"{statement}; ")).TrimEnd());
        }
        return true;
    }

    /// <summary>Acts as the owner of the schemas: of those that are there, else as the role that shall own them.</summary>
    /// <exception cref="MigrationRightsException">The login is no member of that role, or the role may not make schemas.</exception>
    public static async Task BecomeOwner(NpgsqlConnection connection, CancellationToken ct)
    {
        var owner = (string)(await Scalar(connection, OwnerSql, ct, DatabaseRoles.Migrate))!;
        if (owner == DatabaseRoles.Migrate
            && await Scalar(
                connection, "SELECT has_database_privilege($1, current_database(), 'CREATE')", ct, owner) is false)
            await Need(connection, "SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), $1)", null, owner, ct);
        await Need(
            connection, "SELECT format('SET ROLE %I', $1)", "SELECT format('GRANT %I TO %I', $1, session_user)", owner, ct);
    }

    /// <summary>Runs a statement that PostgreSQL formats.</summary>
    /// <param name="remedy">The statement that makes it possible; null = itself, by somebody else.</param>
    private static async Task Need(
        NpgsqlConnection connection, string format, string? remedy, string role, CancellationToken ct)
    {
        try
        {
            await Execute(connection, (string)(await Scalar(connection, format, ct, role))!, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationRightsException(e, $"{await Scalar(connection, remedy ?? format, ct, role)};");
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateObject
            or PostgresErrorCodes.UniqueViolation)
        {
            // Another database's start has made it since we looked.
        }
    }

    private static async Task<object?> Scalar(
        NpgsqlConnection connection, string sql, CancellationToken ct, params string[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        return await command.ExecuteScalarAsync(ct);
    }
}
