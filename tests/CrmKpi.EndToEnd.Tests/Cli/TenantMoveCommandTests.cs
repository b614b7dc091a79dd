using CrmKpi.EndToEnd.Tests.Local;
using CrmKpi.Local.Stack;
using CrmKpi.Testing;

namespace CrmKpi.EndToEnd.Tests.Cli;

/// <summary>Moving where there is one database, and how the command is called.</summary>
[Collection(LocalCollection.Name)]
public sealed class TenantMoveCommandTests(LocalFixture local)
{
    [Fact]
    public async Task A_database_that_is_not_there_is_told_with_those_that_are()
    {
        var moved = await local.Cli("tenant", "move", LocalFixture.Olist, "--to", "second");
        Assert.Equal(1, moved.Code);
        Assert.Contains("unknown_value", moved.Error);
        Assert.Contains("allowed: main", moved.Error);
    }

    [Fact]
    public async Task Where_it_lives_already_and_what_is_not_there_is_told()
    {
        var there = await local.Cli("tenant", "move", LocalFixture.Olist, "--to", "main");
        Assert.Equal(1, there.Code);
        Assert.Contains("tenant_move", there.Error);
        Assert.Contains("tenant_not_found", (await local.Cli("tenant", "move", "never-there", "--to", "main")).Error);
        var none = await local.Cli("tenant", "move", LocalFixture.Olist, "--cancel");
        Assert.Equal(1, none.Code);
        Assert.Contains("move_not_found", none.Error);
    }

    [Fact]
    public async Task It_is_for_operators()
    {
        var key = (await local.Cli("key", "create", "--name", "admin", "--scope", "admin")).Out.Trim();
        var refused = await local.CliWith(key, "tenant", "move", LocalFixture.Olist, "--to", "main");
        Assert.Equal(1, refused.Code);
        Assert.Contains("missing_scope", refused.Error);
    }

    [Theory]
    [InlineData("tenant", "move")]
    [InlineData("tenant", "move", "acme")]
    [InlineData("tenant", "move", "acme", "--to")]
    [InlineData("tenant", "move", "acme", "--to", "second", "--cancel")]
    [InlineData("tenant", "move", "acme", "--cancel", "--wait-cleared")]
    public async Task Wrong_usage_ends_with_2(params string[] line) => Assert.Equal(2, (await local.Cli(line)).Code);

    [Fact]
    public async Task Help_has_examples()
    {
        var help = await local.Cli("tenant", "move", "--help");
        Assert.Equal(0, help.Code);
        Assert.Contains("crmkpi tenant move acme --to second", help.Out);
    }
}

/// <summary>Moving between two databases.</summary>
public sealed class TenantMovedTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("crmkpi-move-").FullName;

    private TestDatabase _main = null!;
    private TestDatabase _second = null!;
    private LocalStack _stack = null!;

    public async Task InitializeAsync()
    {
        (_main, _second) = (await TestDatabase.Create(), await TestDatabase.Create());
        _stack = await LocalStack.Start(new LocalOptions
        {
            Port = 0,
            GrpcPort = 0,
            Data = _data,
            Postgres = _main.ConnectionString,
            Settings = new Dictionary<string, string>
            {
                ["Postgres:Databases:0:Name"] = "second",
                ["Postgres:Databases:0:ConnectionString"] = _second.ConnectionString,
            },
        });
    }

    public async Task DisposeAsync()
    {
        if (_stack is not null)
            await _stack.DisposeAsync();
        await _second.DisposeAsync();
        await _main.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_tenant_is_moved_there_and_back_and_asking_again_finds_it_there()
    {
        Assert.Equal(0, (await Cli("tenant", "set", "acme", "--name", "Acme")).Code);
        var moved = await Cli("tenant", "move", "acme", "--to", "second");
        Assert.True(moved.Code == 0, moved.ToString());
        Assert.Equal("acme lives in second; the copy in main is being cleared.", moved.Out.Trim());
        Assert.Equal(1, await _second.Scalar<long>("SELECT count(*) FROM events.mt_events WHERE tenant_id = 'acme'"));
        // What is over is over: the tenant lives there, and only the old copy goes.
        Assert.Contains("tenant_move", (await Cli("tenant", "move", "acme", "--cancel")).Error);
        Assert.Contains("tenant_move", (await Cli("tenant", "move", "acme", "--to", "main")).Error);

        var cleared = await Cli("tenant", "move", "acme", "--to", "second", "--wait-cleared");
        Assert.True(cleared.Code == 0, cleared.ToString());
        Assert.Equal("acme lives in second.", cleared.Out.Trim());
        Assert.Contains("acme lives in second; the copy in main is being cleared.", cleared.Error);
        Assert.Equal(0, await _main.Scalar<long>("SELECT count(*) FROM events.mt_events"));
        Assert.Equal("acme lives in second.", (await Cli("tenant", "move", "acme", "--to", "second")).Out.Trim());

        Assert.Contains("settings written", (await Cli("tenant", "set", "acme", "--currency", "EUR")).Out);
        var back = await Cli("tenant", "move", "acme", "--to", "main", "--lang", "ru");
        Assert.Equal("acme находится в базе main; копия в базе second удаляется.", back.Out.Trim());
        Assert.Contains("\"currency\": \"EUR\"", (await Cli("tenant", "show", "acme")).Out);
    }

    [Fact]
    public async Task A_move_that_waits_is_cancelled_and_who_waits_for_it_is_told_why()
    {
        Assert.Equal(0, (await Cli("tenant", "set", "acme", "--name", "Acme")).Code);
        // Nothing is copied while somebody is being forgotten; and nobody will be who is not named.
        await _main.Execute(
            "INSERT INTO control.forgettings (tenant_id, kind, person, pseudonym) VALUES ('acme', 'user', NULL, 'forgotten-1')");
        var waiting = Cli("tenant", "move", "acme", "--to", "second");
        CliResult cancelled;
        do
        {
            await Task.Delay(100);
            cancelled = await Cli("tenant", "move", "acme", "--cancel");
        }
        while (cancelled.Error.Contains("move_not_found", StringComparison.Ordinal));
        Assert.True(cancelled.Code == 0, cancelled.ToString());
        Assert.Equal("The move is cancelled; acme lives in main.", cancelled.Out.Trim());
        var failed = await waiting;
        Assert.Equal(1, failed.Code);
        Assert.Contains("acme was not moved and lives in main: It was cancelled.", failed.Error);
        Assert.Equal(0, await _second.Scalar<long>("SELECT count(*) FROM control.tenants"));
    }

    private Task<CliResult> Cli(params string[] args) => CliResult.Run(args, new()
    {
        ["CRMKPI_SERVER"] = _stack.Gateway.ToString(),
        ["CRMKPI_KEY"] = _stack.FirstAdminKey!,
        ["CRMKPI_LANG"] = "en",
    });
}
