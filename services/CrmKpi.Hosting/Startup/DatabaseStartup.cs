using System.Reflection;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Grpc.Health;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Startup;

/// <summary>What the service does to the schemas.</summary>
/// <param name="Databases">By the logins that may change them; the main one first.</param>
/// <param name="Assemblies">Those whose migrations are applied, in order.</param>
internal sealed record Migrations(IReadOnlyList<Database> Databases, IReadOnlyList<Assembly> Assemblies) : IAsyncDisposable
{
    public Database Main => Databases[0];

    public async ValueTask DisposeAsync()
    {
        foreach (var database in Databases)
            await database.DisposeAsync();
    }
}

/// <summary>The databases of a service.</summary>
public static class DatabaseExtensions
{
    /// <summary>Registers the main database with the further ones behind it; its migrations and the first key come before readiness.</summary>
    /// <param name="role">The role of <see cref="DatabaseRoles"/> that the service's sessions take on.</param>
    public static WebApplicationBuilder AddDatabase(
        this WebApplicationBuilder builder, string role, params Assembly[] migrations)
    {
        builder.AddStrictOptions<PostgresOptions>(PostgresOptions.Section);
        builder.Services.AddSingleton(sp => Open(sp.GetRequiredService<IOptions<PostgresOptions>>().Value, role));
        builder.Services.AddSingleton(sp =>
        {
            var options = sp.GetRequiredService<IOptions<PostgresOptions>>().Value;
            return new Migrations(
                [
                    new Database(options.MigrationConnectionString ?? options.ConnectionString),
                    .. options.Databases.Select(further => new Database(
                        further.MigrationConnectionString ?? further.ConnectionString, name: further.Name)),
                ],
                [typeof(Database).Assembly, typeof(EventLog.EventLog).Assembly, .. migrations]);
        });
        builder.Services.AddSingleton<FirstKey>();
        builder.Services.AddSingleton(new FirstKeyOutput(Console.Out));
        builder.Services.AddHostedService<DatabaseStartup>();
        builder.Services.AddHostedService<HomeWatch>();
        return builder;
    }

    /// <summary>The same databases in another role, which share what is known of where tenants live.</summary>
    public static Database OpenDatabase(this IServiceProvider services, string role) => Open(
        services.GetRequiredService<IOptions<PostgresOptions>>().Value, role, services.GetRequiredService<Database>().Homes);

    private static Database Open(PostgresOptions options, string role, TenantHomes? homes = null)
    {
        var main = new Database(options.ConnectionString, role);
        return options.Databases.Count == 0 ? main : Database.Spread(
            main, [.. options.Databases.Select(further => new Database(further.ConnectionString, role, further.Name))],
            homes ?? new TenantHomes(main));
    }

    private static readonly PathString[] HealthPaths =
        ["/health", GrpcHealthExtensions.Path];

    /// <summary>Until the start is done, every address but the health ones answers 503.</summary>
    public static void UseReadinessGate(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        app.Use((context, next) =>
            readiness.HasStarted || HealthPaths.Any(p => context.Request.Path.StartsWithSegments(p, StringComparison.Ordinal))
                ? next(context)
                : KnownProblems.NotReady.ExecuteAsync(context));
    }
}

/// <summary>
/// Applies migrations and makes the first key. Waits for the database a little, then lets the service listen (alive, not ready)
/// and goes on trying; what waiting cannot mend (a changed migration, a wrong password) ends the process. A further database that
/// is away keeps nobody waiting but its own tenants.
/// </summary>
internal sealed partial class DatabaseStartup(
    Database database, Migrations migrations, FirstKey firstKey, Readiness readiness,
    IOptions<PostgresOptions> options, IHostApplicationLifetime lifetime, ILogger<DatabaseStartup> logger)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _work = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(readiness.Stopping);
        _work = Run(_stop.Token);
        var patience = Task.Delay(TimeSpan.FromSeconds(options.Value.StartSecondsMax), cancellationToken);
        if (await Task.WhenAny(_work, patience) == _work)
            await _work;
        else
            _ = _work.ContinueWith(StopOnFault, TaskScheduler.Default);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _work.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private async Task Run(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await Migrator.Apply(migrations.Main, migrations.Assemblies, ct);
                await firstKey.Announce(ct);
                // Whoever only migrates has a login of its own, which need not be of the service's role.
                await (options.Value.MigrateOnly
                    ? new TenantHomes(migrations.Main).Require(migrations.Databases, ct)
                    : (database.Homes ?? new TenantHomes(database)).Require(database.All, ct));
                await MigrateFurther(ct);
                if (options.Value.MigrateOnly)
                    End();
                else
                    readiness.Started();
                return;
            }
            catch (Exception e) when (KnownProblems.Of(e) == KnownProblems.DatabaseUnavailable && !ct.IsCancellationRequested)
            {
                LogWaiting(e.Message);
                await Task.Delay(RetryDelay, ct);
            }
            catch (MigrationRightsException e) when (!ct.IsCancellationRequested && !options.Value.MigrateOnly)
            {
                // Another service, or an administrator, brings the schema up to date; this one goes on looking.
                LogBehind(e.Message);
                await Task.Delay(RetryDelay, ct);
            }
        }
    }

    private async Task MigrateFurther(CancellationToken ct)
    {
        foreach (var further in migrations.Databases.Skip(1))
            if (options.Value.MigrateOnly)
                await Migrator.Apply(further, migrations.Assemblies, ct);
            else if (!await TryMigrate(further, ct))
                _ = MigrateLater(further, ct).ContinueWith(StopOnFault, TaskScheduler.Default);
    }

    private async Task MigrateLater(Database further, CancellationToken ct)
    {
        do
            await Task.Delay(RetryDelay, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!ct.IsCancellationRequested && !await TryMigrate(further, ct));
    }

    /// <summary>False when waiting may mend it.</summary>
    private async Task<bool> TryMigrate(Database further, CancellationToken ct)
    {
        try
        {
            await Migrator.Apply(further, migrations.Assemblies, ct);
            return true;
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e) when (KnownProblems.Of(e) == KnownProblems.DatabaseUnavailable || e is MigrationRightsException)
        {
            LogFurtherWaiting(further.Name, e.Message);
            return false;
        }
    }

    private void End()
    {
        LogMigrated();
        // A stop in the midst of a start would be an error.
        lifetime.ApplicationStarted.Register(lifetime.StopApplication);
    }

    private void StopOnFault(Task work)
    {
        if (!work.IsFaulted)
            return;
        LogFailed(work.Exception.GetBaseException());
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }

    [LoggerMessage(1101, LogLevel.Warning, "The database cannot be reached yet: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(1107, LogLevel.Warning, "The further database {Database} cannot be used yet: {Reason}")]
    private partial void LogFurtherWaiting(string database, string reason);

    [LoggerMessage(1104, LogLevel.Error, "{Reason}")]
    private partial void LogBehind(string reason);

    [LoggerMessage(1106, LogLevel.Information, "The schema is up to date; the service ends, as Postgres:MigrateOnly asks")]
    private partial void LogMigrated();

    [LoggerMessage(1102, LogLevel.Critical, "The database could not be set up; the service stops")]
    private partial void LogFailed(Exception exception);
}
