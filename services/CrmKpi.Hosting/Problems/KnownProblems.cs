using System.Diagnostics;
using CrmKpi.EventLog;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace CrmKpi.Hosting.Problems;

/// <summary>Problems that more than one service answers, and what exceptions become.</summary>
public static class KnownProblems
{
    /// <summary>Code of the problem of an address that does not exist.</summary>
    public const string NothingHere = "not_found";

    private static readonly TimeSpan DatabaseRetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>
    /// For a tenant that does not exist and for one that the key has no access to: the same body, so that nobody can probe.
    /// </summary>
    public static readonly Problem NoSuchTenant = new(
        StatusCodes.Status404NotFound, "tenant_not_found", "There is no such tenant, or this key has no access to it.");

    /// <summary>For an agency that does not exist and for one that the key has no access to, alike.</summary>
    public static readonly Problem NoSuchAgency = new(
        StatusCodes.Status404NotFound, "agency_not_found",
        "There is no such agency, or this key has no access to it (a key that is bound to tenants never has).");

    /// <summary>The database cannot be reached.</summary>
    public static readonly Problem DatabaseUnavailable = new(
        StatusCodes.Status503ServiceUnavailable, "database_unavailable",
        "The database cannot be reached just now. Nothing that was not acknowledged counts as stored; send it again.")
    {
        RetryAfter = DatabaseRetryAfter,
    };

    /// <summary>The service is starting or stopping.</summary>
    public static readonly Problem NotReady = new(
        StatusCodes.Status503ServiceUnavailable, "not_ready", "The service is starting or stopping; try again in a moment.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>The tenant takes nothing in while the last of it goes to another database.</summary>
    private static readonly Problem TenantMoving = new(
        StatusCodes.Status503ServiceUnavailable, "tenant_moving",
        "The tenant is being moved to another database and takes nothing in for a moment. Try again; nothing is lost.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    private static readonly Problem NullCharacter = OfStatus(StatusCodes.Status400BadRequest) with
    {
        Detail = "A text of the request holds the character U+0000, which is in nothing that is stored.",
    };

    /// <summary>The caller may not do this.</summary>
    public static Problem MissingScope(Scopes scopes)
    {
        var scope = scopes.ToString().ToLowerInvariant();
        return new Problem(StatusCodes.Status403Forbidden, "missing_scope", $"The key has no scope '{scope}'.")
        {
            Members = json => json.WriteString("scope", scope),
        };
    }

    /// <summary>A wrong or missing query parameter or header.</summary>
    public static Problem BadParameter(string parameter, string detail, IReadOnlyList<string>? allowed = null) =>
        new(StatusCodes.Status400BadRequest, "bad_parameter", detail) { Parameter = parameter, Allowed = allowed };

    /// <summary>What the caller is told about an exception; null = an error of ours.</summary>
    public static Problem? Of(Exception exception) => exception switch
    {
        ProblemException e => e.Problem,
        BadHttpRequestException e => OfStatus(e.StatusCode) with { Detail = e.Message },
        UnknownTenantException => NoSuchTenant,
        VersionConflictException e => VersionConflict(e),
        TenantQuotaException e => new Problem(StatusCodes.Status403Forbidden, "tenant_quota_exceeded", $"{e.Message} Have it raised."),
        TenantDeletedException e => new Problem(StatusCodes.Status409Conflict, "tenant_deleted", e.Message),
        TenantMoveException e => new Problem(StatusCodes.Status409Conflict, "tenant_move", e.Message),
        TenantMovingException or PostgresException { ConstraintName: Database.TenantHome } => TenantMoving,
        TenantHomeException e => DatabaseUnavailable with { Detail = e.Message },
        OverloadedException e => new Problem(StatusCodes.Status503ServiceUnavailable, "overloaded", e.Message)
        {
            RetryAfter = e.RetryAfter,
        },
        LogUnavailableException e => DatabaseUnavailable with { RetryAfter = e.RetryAfter },
        // The tenant was deleted after the request was let in.
        PostgresException
        {
            SqlState: PostgresErrorCodes.ForeignKeyViolation,
            ConstraintName: Database.TenantLog or "own_kpi_sets_tenant_fkey" or "generations_tenant_id_fkey" or "forgettings_tenant_id_fkey",
        } => NoSuchTenant,
        // The only text that the driver sends and PostgreSQL does not take.
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire } => NullCharacter,
        NpgsqlException e when IsUnavailable(e) => DatabaseUnavailable,
        { InnerException: NpgsqlException e } when IsUnavailable(e) => DatabaseUnavailable,
        _ => null,
    };

    /// <summary>True when the database, not the statement, is the trouble: it may work later.</summary>
    public static bool IsUnavailable(NpgsqlException exception) =>
        exception is not PostgresException postgres
        || postgres.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || postgres.SqlState.StartsWith("08", StringComparison.Ordinal)
        || postgres.SqlState.StartsWith("53", StringComparison.Ordinal)
        || postgres.IsTransient;

    /// <summary>An error of ours, of which the caller learns no more than where to find it in the log.</summary>
    public static Problem Internal(HttpContext context)
    {
        var trace = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
        return new Problem(
            StatusCodes.Status500InternalServerError, "internal_error",
            "An error of ours. It was logged; its trace id tells us where to look.")
        {
            Members = json => json.WriteString("traceId", trace),
        };
    }

    /// <summary>The problem of a bare status.</summary>
    public static Problem OfStatus(int status) => status switch
    {
        400 => new(status, "malformed_request", "The request is not well-formed."),
        401 => new(status, "unauthorized", "A valid key is required."),
        404 => new(status, NothingHere, "There is nothing at this address."),
        405 => new(status, "method_not_allowed", "This address does not answer this method; see the Allow header."),
        406 => new(status, "not_acceptable", "No representation that the Accept header asks for is available."),
        408 => new(status, "request_timeout", "The request came too slowly."),
        411 => new(status, "length_required", "The request needs a Content-Length."),
        413 => new(status, "body_too_large", "The body is larger than this address accepts."),
        414 => new(status, "uri_too_long", "The address is too long."),
        415 => new(status, "unsupported_media_type", "The body's media type is not one that this address reads."),
        426 => new(status, "upgrade_required", "This address needs another version of HTTP."),
        431 => new(status, "headers_too_large", "The headers are too large."),
        502 => new(status, "bad_gateway", "A service behind the gateway did not answer properly.")
        {
            RetryAfter = DatabaseRetryAfter,
        },
        503 => new(status, "unavailable", "The service is not available just now.") { RetryAfter = DatabaseRetryAfter },
        504 => new(status, "gateway_timeout", "A service behind the gateway did not answer in time.")
        {
            RetryAfter = DatabaseRetryAfter,
        },
        _ => new(status, status >= 500 ? "internal_error" : "bad_request", "The request was not answered."),
    };

    private static Problem VersionConflict(VersionConflictException e) =>
        new(StatusCodes.Status409Conflict, "version_conflict", e.Message)
        {
            Members = json =>
            {
                json.WriteString("stream", e.StreamId);
                json.WriteNumber("expectedVersion", e.Expected);
                json.WriteNumber("actualVersion", e.Actual);
            },
        };
}
