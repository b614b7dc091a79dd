using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// An amount and the local days, both included, over which it is spread evenly: the parts sum up to the whole to the last
/// millionth. Without days it lies on the day of its event. WARNING: the order in <see cref="Write"/> is a storage format.
/// </summary>
internal readonly record struct SpreadAmount(Money Amount, long? From, long? To)
{
    /// <summary>Reads <c>amount</c> and <c>period</c> of an event; null when there is no amount.</summary>
    public static SpreadAmount? Of(in JsonFields fields)
    {
        if (fields.Amount("amount"u8) is not { } amount)
            return null;
        if (fields.Nested("period"u8) is not { IsEmpty: false } nested)
            return new SpreadAmount(amount, null, null);
        var period = new JsonFields(nested);
        return new SpreadAmount(amount, period.Day("from"u8), period.Day("to"u8));
    }

    /// <summary>The first and the last day, given the time of the event.</summary>
    public (int From, int To) DaysUnder(LocalDays days, long eventTime)
    {
        // The door refuses periods that are turned round or too long; a stored one is cut, so that a fold always ends.
        if (From is not { } from || To is not { } to || to < from)
            return (days.DayOf(eventTime), days.DayOf(eventTime));
        return ((int)from, (int)Math.Min(to, from + EventValidator.PeriodDaysMax - 1));
    }

    /// <summary>Adds each day's part.</summary>
    public void Contribute(FoldContext context, ContributionList sum, Measure measure, DimensionSet dims, long eventTime)
    {
        var (from, to) = DaysUnder(context.Days, eventTime);
        var days = to - from + 1;
        for (var i = 0; i < days; i++)
        {
            var part = (Int128)Amount.Micros * (i + 1) / days - (Int128)Amount.Micros * i / days;
            sum.AddMoney(context, measure, from + i, dims, Amount with { Micros = (long)part });
        }
    }

    public void Write(StateWriter writer)
    {
        writer.Money(Amount);
        writer.Optional(From);
        writer.Optional(To);
    }

    public static SpreadAmount Read(ref StateReader reader) => new(reader.Money(), reader.Optional(), reader.Optional());
}
