using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.People;

/// <summary>What a user did. The numbers are a storage format.</summary>
internal enum UserActivityKind : byte { Login = 1, Activity = 2, Time = 3, Suggestion = 4 }

/// <summary>
/// One thing that a user did: the part of the user's stream that one event makes. WARNING: the event types and field names
/// below, and the order in <see cref="Serialize"/>, are a storage format. A login is no action: it says that the CRM was
/// opened, not that it was worked with.
/// </summary>
public sealed class UserActivity(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;
    private const decimal MillisecondsPerMinute = 60_000m;

    private LastWriterWins<Entry> _entry;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        Entry? entry = e.Type switch
        {
            "user.logged_in" => new Entry(UserActivityKind.Login),
            "activity.logged" => new Entry(UserActivityKind.Activity, fields.SharedText("kind"u8), fields.Text("subject"u8)),
            "time.logged" when fields.Number("minutes"u8) is { } minutes =>
                new Entry(UserActivityKind.Time, fields.SharedText("category"u8), null, Milliseconds(minutes)),
            "suggestion.submitted" => new Entry(UserActivityKind.Suggestion),
            _ => null,
        };
        return entry is { } known && _entry.Set(known, e.TimeMicros, e.Sequence);
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (!_entry.IsSet)
            return;
        var (day, entry) = (context.DayOf(_entry.Time), _entry.Value);
        var user = DimensionSet.Of((Dimensions.Manager, Key.StreamId), (Dimensions.Category, entry.Category));
        switch (entry.Kind)
        {
            case UserActivityKind.Login:
                sum.Add(Measures.Logins, day, user);
                break;
            case UserActivityKind.Activity:
                sum.Add(Measures.Actions, day, user);
                break;
            case UserActivityKind.Time:
                sum.Add(Measures.TimeLogged, day, user, 0, 1, entry.Milliseconds);
                break;
            case UserActivityKind.Suggestion:
                sum.Add(Measures.Suggestions, day, user);
                break;
        }
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var entry = _entry.Value;
        var row = new FactRow(columns);
        row.Timestamp(_entry.IsSet ? _entry.Time : null);
        row.Text(Key.StreamId);
        row.Text(entry.Kind switch
        {
            UserActivityKind.Login => "login",
            UserActivityKind.Activity => "activity",
            UserActivityKind.Time => "time",
            UserActivityKind.Suggestion => "suggestion",
            _ => null,
        });
        row.Text(entry.Category);
        row.Text(entry.Subject);
        row.BigInteger(entry.Kind == UserActivityKind.Time ? entry.Milliseconds : null);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_entry.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 240;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_entry, static (w, entry) => entry.Write(w));
        return writer.End();
    }

    internal static UserActivity Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var activity = new UserActivity(key);
        if (reader.Flag())
        {
            var (time, sequence) = reader.Stamp();
            activity._entry.Set(Entry.Read(ref reader), time, sequence);
        }
        reader.End();
        return activity;
    }

    private static long Milliseconds(decimal minutes) =>
        (long)decimal.Round(minutes * MillisecondsPerMinute, 0, MidpointRounding.ToEven);

    private readonly record struct Entry(
        UserActivityKind Kind, string? Category = null, string? Subject = null, long Milliseconds = 0)
    {
        public void Write(StateWriter writer)
        {
            writer.Byte((byte)Kind);
            writer.Text(Category);
            writer.Text(Subject);
            writer.Signed(Milliseconds);
        }

        public static Entry Read(ref StateReader reader) =>
            new((UserActivityKind)reader.Byte(), reader.Text(isShared: true), reader.Text(), reader.Signed());
    }
}
