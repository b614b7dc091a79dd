using System.Text;

namespace CrmKpi.Domain.Events;

/// <summary>What a field of <c>data</c> holds.</summary>
public enum FieldKind
{
    /// <summary>A text of at most <see cref="EventField.CharsMax"/> characters.</summary>
    Text,

    /// <summary>A JSON number within <see cref="EventField.Min"/> and <see cref="EventField.Max"/>.</summary>
    Number,

    /// <summary>A JSON number without fraction, in the same range.</summary>
    Integer,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary><c>{ "amount": decimal, "currency"?: "RUB" }</c> or the bare decimal; the decimal as text or number.</summary>
    Money,

    /// <summary>RFC 3339 with offset.</summary>
    Timestamp,

    /// <summary><c>2025-03-01</c>.</summary>
    Day,

    /// <summary>Either of the two before.</summary>
    DayOrTimestamp,

    /// <summary><c>{ "from": day, "to": day }</c>, both inclusive.</summary>
    Period,

    /// <summary>One of <see cref="EventField.Values"/>.</summary>
    Enum,

    /// <summary>An IANA time zone that this machine knows.</summary>
    TimeZone,

    /// <summary>Three capital letters.</summary>
    Currency,

    /// <summary>A time of day: <c>09:30</c>, up to <c>24:00</c>.</summary>
    TimeOfDay,

    /// <summary>A list of <see cref="EventField.Fields"/>[0].</summary>
    List,

    /// <summary>An object of <see cref="EventField.Fields"/>.</summary>
    Object,

    /// <summary>An object of any names, each a <see cref="EventField.Fields"/>[0].</summary>
    Map,

    /// <summary>Any JSON value: kept, not read.</summary>
    Any,
}

/// <summary>One field of an event's <c>data</c>, or of an object in it.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Required">A required field must be there, not null and not empty; any other may be null, which means absent.</param>
public sealed record EventField(string Name, FieldKind Kind, bool Required = false)
{
    /// <summary>The longest id or dimension value, in UTF-16 characters.</summary>
    public const int ShortTextCharsMax = 200;

    /// <summary>The longest free text, in UTF-16 characters.</summary>
    public const int LongTextCharsMax = 10_000;

    /// <summary>The most elements of a list, or names in a map.</summary>
    public const int ElementsMax = 1_000;

    /// <summary>The name as UTF-8.</summary>
    internal byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);

    /// <summary>The longest text.</summary>
    public int CharsMax { get; init; } = ShortTextCharsMax;

    /// <summary>The least number.</summary>
    public decimal Min { get; init; } = -1_000_000_000_000_000m;

    /// <summary>The greatest number.</summary>
    public decimal Max { get; init; } = 1_000_000_000_000_000m;

    /// <summary>The allowed texts of an <see cref="FieldKind.Enum"/>.</summary>
    public IReadOnlyList<string> Values
    {
        get;
        init
        {
            field = value;
            Utf8Values = [.. value.Select(Encoding.UTF8.GetBytes)];
        }
    } = [];

    /// <summary>The same as UTF-8.</summary>
    internal byte[][] Utf8Values { get; private init; } = [];

    /// <summary>The fields of an object, or the one kind of element of a list or map.</summary>
    public EventField[] Fields { get; init; } = [];
}
