using System.Collections.Frozen;
using System.Diagnostics;
using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// In which database each tenant lives, as the main one says it. What a process knows of it is a lease: whoever moves a tenant
/// leaves the old copy in place for as long as any process may still go there (<see cref="LeaseMax"/>), and a process that has
/// not been able to ask for that long goes nowhere.
/// </summary>
/// <param name="main">The main database.</param>
/// <param name="time">The clock.</param>
public sealed class TenantHomes(Database main, TimeProvider? time = null)
{
    /// <summary>How old what is known may be.</summary>
    public static readonly TimeSpan LeaseMax = TimeSpan.FromSeconds(15);

    /// <summary>How often it is asked for.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly SemaphoreSlim _asking = new(1);
    private volatile FrozenDictionary<string, string> _elsewhere = FrozenDictionary<string, string>.Empty;
    private long _version = -1;
    private long _askedAt;

    /// <summary>The name of the database in which a tenant lives; the main one for those that are not known.</summary>
    /// <exception cref="TenantHomeException">What is known is too old.</exception>
    public string Of(string tenant)
    {
        if (Volatile.Read(ref _version) < 0 || _time.GetElapsedTime(Volatile.Read(ref _askedAt)) > LeaseMax)
            throw TenantHomeException.Unknown();
        return _elsewhere.GetValueOrDefault(tenant, Database.MainName);
    }

    /// <summary>Asks; those that ask at the same time wait for one answer each, in turn.</summary>
    public async Task Refresh(CancellationToken ct = default)
    {
        await _asking.WaitAsync(ct);
        try
        {
            // What is learned counts from the question on, not from its answer.
            var asked = _time.GetTimestamp();
            // The version first: a move between the two is then seen again the next time.
            var version = (long)(await Scalar("Homes.Sql.home_version.sql", ct))!;
            if (version != _version)
            {
                _elsewhere = await Read(ct);
                Volatile.Write(ref _version, version);
            }
            Volatile.Write(ref _askedAt, asked);
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Asks, and looks whether all databases in which tenants live are there.</summary>
    /// <param name="known">Those that are there.</param>
    /// <exception cref="TenantHomeException">One is not.</exception>
    public async Task Require(IEnumerable<Database> known, CancellationToken ct = default)
    {
        await Refresh(ct);
        if (_elsewhere.Values.Except(known.Select(database => database.Name)).FirstOrDefault() is { } missing)
            throw TenantHomeException.NoDatabase(missing);
    }

    /// <summary>Keeps what is known fresh until cancelled.</summary>
    /// <param name="failed">Told of a look that failed; the next one follows all the same.</param>
    public async Task Run(Action<Exception> failed, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                // The look belongs to nobody's trace.
                Activity.Current = null;
                await Refresh(ct);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                failed(e);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(RefreshInterval, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<FrozenDictionary<string, string>> Read(CancellationToken ct)
    {
        await using var command = main.DataSource.CreateCommand(Sql.Text<Database>("Homes.Sql.tenant_homes.sql"));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var homes = new List<KeyValuePair<string, string>>();
        while (await reader.ReadAsync(ct))
            homes.Add(new(reader.GetString(0), reader.GetString(1)));
        return homes.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private async Task<object?> Scalar(string name, CancellationToken ct)
    {
        await using var command = main.DataSource.CreateCommand(Sql.Text<Database>(name));
        return await command.ExecuteScalarAsync(ct);
    }
}

/// <summary>It cannot be said where a tenant lives, or that database is not configured here.</summary>
public sealed class TenantHomeException : Exception
{
    private TenantHomeException(string message) : base(message)
    {
    }

    internal static TenantHomeException Unknown() => new(
        $"The main database could not be asked for {TenantHomes.LeaseMax.TotalSeconds:0} s where tenants live.");

    internal static TenantHomeException NoDatabase(string name) => new(
        $"There is no database '{name}' in the settings of this service. Tenants live in it: add it to Postgres:Databases.");
}
