using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using static CrmKpi.Domain.Folding.FactType;

namespace CrmKpi.Domain.Folding;

/// <summary>The column types of fact tables.</summary>
public enum FactType { Text, Integer, BigInteger, Boolean, Timestamp, Date, Money }

/// <summary>
/// The typed columns of each fact table: the star schema of <c>kpi.&lt;table&gt;</c>, beside the entity's id. A row
/// without <c>created_at</c> is known only because another entity names it.
/// WARNING: tables are made from this; a change needs a new <see cref="Measures.RulesVersion"/>.
/// </summary>
/// <param name="Kind">The kind of entity.</param>
/// <param name="Table">For example <c>deals</c>.</param>
/// <param name="Columns">Name and type; Timestamp is a UTC DateTime, Date a DateOnly in tenant days, Money a decimal.</param>
public sealed record FactSchema(EntityKind Kind, string Table, IReadOnlyList<(string Name, FactType Type)> Columns)
{
    private static readonly (string, FactType)[] Party =
        [("manager", Text), ("source", Text), ("channel", Text), ("campaign", Text), ("region", Text), ("segment", Text)];

    /// <summary>All kinds, in the order of <see cref="EntityKind"/>.</summary>
    public static IReadOnlyList<FactSchema> All { get; } =
    [
        new(EntityKind.Lead, "leads",
        [
            ("created_at", Timestamp), ("state", Text), ("status", Text), ("converted_at", Timestamp), ("lost_at", Timestamp),
            ("first_contact_at", Timestamp), ("customer_id", Text), ("dead", Text), .. Party, ("reason", Text),
        ]),
        new(EntityKind.Deal, "deals",
        [
            ("created_at", Timestamp), ("closed_at", Timestamp), ("status", Text), ("stage", Text), ("pipeline", Text),
            ("amount", FactType.Money), ("currency", Text), ("margin", FactType.Money), ("probability", FactType.Money), ("expected_close", Date),
            ("lead_id", Text), ("customer_id", Text), .. Party, ("product", Text), ("reason", Text), ("cause", Text),
        ]),
        new(EntityKind.Customer, "customers",
        [
            ("created_at", Timestamp), ("first_purchase", Date), ("last_purchase", Date), ("purchases", Integer),
            ("total", FactType.Money), ("active_until", Date), ("lost_at", Timestamp), .. Party, ("merged_into", Text),
        ]),
        new(EntityKind.Inquiry, "inquiries",
        [
            ("created_at", Timestamp), ("answered_at", Timestamp), ("response_ms", BigInteger), ("lead_id", Text),
            ("deal_id", Text), ("customer_id", Text), .. Party,
        ]),
        new(EntityKind.Survey, "surveys",
        [
            ("created_at", Timestamp), ("kind", Text), ("score", FactType.Money), ("scale_max", FactType.Money), ("customer_id", Text),
            ("deal_id", Text), ("ticket_id", Text), .. Party,
        ]),
        new(EntityKind.Cost, "costs",
        [
            ("created_at", Timestamp), ("category", Text), ("amount", FactType.Money), ("currency", Text), ("period_from", Date),
            ("period_to", Date), ("channel", Text), ("campaign", Text),
        ]),
        new(EntityKind.User, "users",
        [
            ("created_at", Timestamp), ("name", Text), ("role", Text), ("is_manager", FactType.Boolean), ("deactivated_at", Timestamp),
            ("active_days", Integer), ("last_active", Date),
        ]),
        new(EntityKind.Activity, "activities",
        [
            ("created_at", Timestamp), ("user_id", Text), ("type", Text), ("category", Text), ("subject", Text),
            ("duration_ms", BigInteger),
        ]),
        new(EntityKind.Task, "tasks",
        [
            ("created_at", Timestamp), ("due_at", Timestamp), ("completed_at", Timestamp), ("user_id", Text),
            ("automated", FactType.Boolean),
        ]),
        new(EntityKind.Process, "processes",
            [("created_at", Timestamp), ("name", Text), ("automated", FactType.Boolean), ("retired_at", Timestamp)]),
        new(EntityKind.Execution, "executions",
            [("created_at", Timestamp), ("process_id", Text), ("kind", Text), ("automated", FactType.Boolean)]),
        new(EntityKind.Call, "calls",
        [
            ("created_at", Timestamp), ("direction", Text), ("missed", FactType.Boolean), ("talk_seconds", BigInteger),
            ("wait_seconds", BigInteger), ("lead_id", Text), ("deal_id", Text), ("customer_id", Text), .. Party,
        ]),
        new(EntityKind.Ticket, "tickets",
        [
            ("created_at", Timestamp), ("answered_at", Timestamp), ("resolved_at", Timestamp), ("reopened", Integer),
            ("complaint", FactType.Boolean), ("customer_id", Text), ("manager", Text), ("priority", Text),
        ]),
        new(EntityKind.EmailSend, "email_sends",
        [
            ("created_at", Timestamp), ("campaign", Text), ("message", Text), ("recipient", Text),
            ("delivered", FactType.Boolean), ("opened", FactType.Boolean), ("clicked", FactType.Boolean),
            ("unsubscribed", FactType.Boolean),
        ]),
        new(EntityKind.AdDay, "ad_days",
        [
            ("created_at", Timestamp), ("day", Date), ("campaign", Text), ("channel", Text), ("source", Text),
            ("impressions", BigInteger), ("clicks", BigInteger), ("cost", FactType.Money), ("currency", Text),
        ]),
        new(EntityKind.Benefit, "benefits",
        [
            ("created_at", Timestamp), ("category", Text), ("amount", FactType.Money), ("currency", Text),
            ("period_from", Date), ("period_to", Date),
        ]),
        new(EntityKind.Forecast, "forecasts",
        [
            ("created_at", Timestamp), ("period_from", Date), ("period_to", Date), ("amount", FactType.Money),
            ("amount_at_start", FactType.Money), ("currency", Text), ("manager", Text),
        ]),
        new(EntityKind.FxRates, "fx_rates", [("created_at", Timestamp), ("from_currency", Text), ("to_currency", Text), ("days", Integer)]),
    ];

    /// <summary>The schema of a kind.</summary>
    public static FactSchema Of(EntityKind kind) => ByKind[kind];

    private static readonly Dictionary<EntityKind, FactSchema> ByKind = All.ToDictionary(schema => schema.Kind);
}

/// <summary>Fills the columns of a fact row from left to right.</summary>
internal ref struct FactRow(Span<object?> columns)
{
    private readonly Span<object?> _columns = columns;
    private int _next;

    public void Text(string? value) => _columns[_next++] = value;

    public void Integer(int value) => _columns[_next++] = value;

    public void Boolean(bool? value) => _columns[_next++] = value;

    public void BigInteger(long? value) => _columns[_next++] = value;

    public void Timestamp(long? micros) => _columns[_next++] = micros is { } at ? Rfc3339.UtcOf(at) : null;

    public void Date(int? day) => _columns[_next++] = day is { } number ? DateOnly.FromDayNumber(number) : null;

    /// <summary>Millionths as a decimal.</summary>
    public void Decimal(long? micros) => _columns[_next++] = micros is { } exact ? exact / (decimal)Domain.Money.MicrosPerUnit : null;

    public void Party(DimensionSet dims)
    {
        Text(dims[Dimensions.Manager]);
        Text(dims[Dimensions.Source]);
        Text(dims[Dimensions.Channel]);
        Text(dims[Dimensions.Campaign]);
        Text(dims[Dimensions.Region]);
        Text(dims[Dimensions.Segment]);
    }

    /// <summary>Asserts that every column was written.</summary>
    public readonly void End()
    {
        if (_next != _columns.Length)
            throw new ArgumentException($"The fact has {_next} columns, the row {_columns.Length}.");
    }
}
