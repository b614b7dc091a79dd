using CrmKpi.Domain.Automation;
using CrmKpi.Domain.Benefits;
using CrmKpi.Domain.Campaigns;
using CrmKpi.Domain.Costs;
using CrmKpi.Domain.Currencies;
using CrmKpi.Domain.Customers;
using CrmKpi.Domain.Deals;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Forecasts;
using CrmKpi.Domain.Inquiries;
using CrmKpi.Domain.Leads;
using CrmKpi.Domain.People;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Surveys;
using CrmKpi.Domain.Telephony;
using CrmKpi.Domain.Tickets;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// The folded state of one entity: what is stored as <c>state</c> beside the typed columns of its fact row. A state handed to
/// a batch belongs to it: it is changed in place, so a caller that keeps states between batches drops them when a batch fails.
/// </summary>
public abstract class EntityState(EntityKey key)
{
    /// <summary>Which entity.</summary>
    public EntityKey Key { get; } = key;

    /// <summary>
    /// The state as compact bytes, with a format version in front. Canonical: the same events give the same bytes, in
    /// whatever order and however often they came.
    /// </summary>
    public abstract byte[] Serialize();

    /// <summary>Reads what <see cref="Serialize"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are of another format version, or damaged.</exception>
    public static EntityState Deserialize(EntityKey key, ReadOnlySpan<byte> bytes) => key.Kind switch
    {
        EntityKind.Lead => Lead.Read(key, bytes),
        EntityKind.Deal => Deal.Read(key, bytes),
        EntityKind.Customer => Customer.Read(key, bytes),
        EntityKind.Inquiry => Inquiry.Read(key, bytes),
        EntityKind.Survey => Survey.Read(key, bytes),
        EntityKind.Cost => Cost.Read(key, bytes),
        EntityKind.User => User.Read(key, bytes),
        EntityKind.Activity => UserActivity.Read(key, bytes),
        EntityKind.Task => WorkTask.Read(key, bytes),
        EntityKind.Process => Process.Read(key, bytes),
        EntityKind.Execution => Execution.Read(key, bytes),
        EntityKind.Call => Call.Read(key, bytes),
        EntityKind.Ticket => Ticket.Read(key, bytes),
        EntityKind.EmailSend => EmailSend.Read(key, bytes),
        EntityKind.AdDay => AdDay.Read(key, bytes),
        EntityKind.Benefit => Benefit.Read(key, bytes),
        EntityKind.Forecast => Forecast.Read(key, bytes),
        EntityKind.FxRates => FxRates.Read(key, bytes),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key.Kind, "No fold for this kind of entity."),
    };

    /// <summary>The typed columns of the fact row, in the order of <see cref="FactSchema"/> for the kind.</summary>
    public abstract void WriteFact(TenantSettings settings, Span<object?> columns);

    /// <summary>True when nothing is known of the entity, any more or yet: it has no row.</summary>
    internal abstract bool IsEmpty { get; }

    /// <summary>Roughly how many bytes it holds in memory, for budgets.</summary>
    public abstract int ApproximateBytes { get; }

    /// <summary>The state of an entity of which nothing is known yet.</summary>
    internal static EntityState Create(EntityKey key) => key.Kind switch
    {
        EntityKind.Lead => new Lead(key),
        EntityKind.Deal => new Deal(key),
        EntityKind.Customer => new Customer(key),
        EntityKind.Inquiry => new Inquiry(key),
        EntityKind.Survey => new Survey(key),
        EntityKind.Cost => new Cost(key),
        EntityKind.User => new User(key),
        EntityKind.Activity => new UserActivity(key),
        EntityKind.Task => new WorkTask(key),
        EntityKind.Process => new Process(key),
        EntityKind.Execution => new Execution(key),
        EntityKind.Call => new Call(key),
        EntityKind.Ticket => new Ticket(key),
        EntityKind.EmailSend => new EmailSend(key),
        EntityKind.AdDay => new AdDay(key),
        EntityKind.Benefit => new Benefit(key),
        EntityKind.Forecast => new Forecast(key),
        EntityKind.FxRates => new FxRates(key),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key.Kind, "No fold for this kind of entity."),
    };

    /// <summary>Takes an event in; false when it changes nothing.</summary>
    internal abstract bool Apply(FoldContext context, in LogEvent e);

    /// <summary>Takes a link in, or its end; false when it changes nothing.</summary>
    internal virtual bool Receive(EntityKey sender, Link? link) => false;

    /// <summary>What the entity tells others now.</summary>
    internal virtual void TellOthers(FoldContext context, List<(EntityKey Receiver, Link Link)> links)
    {
    }

    /// <summary>What the entity adds to the cube now.</summary>
    internal abstract void Contribute(FoldContext context, ContributionList sum);
}

/// <summary>What folds need of the tenant.</summary>
internal sealed class FoldContext(TenantSettings settings)
{
    public TenantSettings Settings { get; } = settings;

    public LocalDays Days { get; } = LocalDays.For(settings.TimeZone);

    public int DayOf(long micros) => Days.DayOf(micros);

    /// <summary>The currency of an amount; null when it is the tenant's, or when the amount does not say.</summary>
    public string? ForeignCurrency(Money? amount) =>
        amount?.Currency is { } currency && currency != Settings.Currency ? currency : null;

    /// <summary>Whole milliseconds between two points in time.</summary>
    public static long Milliseconds(long from, long to) => (to - from) / 1_000;
}
