namespace CrmKpi.Postgres.Embedded;

/// <summary>
/// The user that the server runs as: the caller, or, because PostgreSQL refuses to run as root, an existing user
/// without rights.
/// </summary>
internal sealed record ServerUser(string? Name, int UserId, int GroupId)
{
    private static readonly string[] Candidates = ["postgres", "nobody"];

    /// <summary>True when the server runs as somebody else than the caller.</summary>
    public bool IsOther => Name is not null;

    /// <summary>Whom to run the server as.</summary>
    public static async Task<ServerUser> Choose(CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess)
            return new ServerUser(null, 0, 0);
        foreach (var name in Candidates)
        {
            var (userExit, userId) = await Command.Run(["id", "-u", name], ct);
            var (groupExit, groupId) = await Command.Run(["id", "-g", name], ct);
            if (userExit == 0 && groupExit == 0)
                return new ServerUser(name, int.Parse(userId.Trim(), null), int.Parse(groupId.Trim(), null));
        }
        throw new InvalidOperationException(
            "PostgreSQL refuses to run as root, and neither of the users 'postgres' and 'nobody' exists. " +
            "Make one (useradd --system postgres) or start as a normal user.");
    }

    /// <summary>
    /// The command line that runs a command as this user, replacing itself by it where the system can do that.
    /// </summary>
    public IReadOnlyList<string> Wrap(IReadOnlyList<string> command)
    {
        if (!IsOther)
            return command;
        if (Command.Which("setpriv") is { } setpriv)
            return [setpriv, $"--reuid={UserId}", $"--regid={GroupId}", "--clear-groups", "--", .. command];
        var switcher = Command.Which("runuser") ?? Command.Which("su") ?? throw new InvalidOperationException(
            "Running PostgreSQL as root's child needs one of 'setpriv', 'runuser', 'su'. "
            + "Install util-linux or start as a normal user.");
        return [switcher, "-s", "/bin/sh", Name!, "-c", "exec \"$0\" \"$@\"", "--", .. command];
    }

    /// <summary>Gives a file or directory, with all in it, to this user.</summary>
    public async Task TakeOwnership(string path, CancellationToken ct)
    {
        if (IsOther)
            await Command.RunOrThrow(["chown", "-R", $"{UserId}:{GroupId}", path], ct);
    }

    /// <summary>
    /// An error that names the first directory on the way to <paramref name="path"/> that is closed to this user.
    /// </summary>
    public async Task CheckReach(string path, CancellationToken ct)
    {
        if (!IsOther)
            return;
        var (exitCode, _) = await Command.Run(Wrap(["test", "-x", path]), ct);
        if (exitCode != 0)
            throw new InvalidOperationException(
                $"PostgreSQL runs as user '{Name}' because it refuses to run as root, and that user cannot reach "
                + $"'{path}'. Choose a place that is open to it, for example below /var/lib, or start as a normal user.");
    }
}
