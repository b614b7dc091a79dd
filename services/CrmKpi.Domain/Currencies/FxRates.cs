using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Currencies;

/// <summary>
/// The rates of one pair of currencies in one year: of each day the last one set. WARNING: the field names below, and the
/// order in <see cref="Serialize"/>, are a storage format. Only a pair with the tenant's currency contributes.
/// </summary>
public sealed class FxRates(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;
    private const decimal NanosPerUnit = 1_000_000_000m;

    private readonly SortedDictionary<int, LastWriterWins<long>> _nanos = [];

    /// <summary>The entity that a <c>fx.rate_set</c> belongs to; null when the event does not name a rate.</summary>
    internal static EntityKey? KeyOf(in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        if (fields.Text("from"u8) is not { } from || fields.Text("to"u8) is not { } to || from == to
            || fields.Day("day"u8) is not { } day)
            return null;
        var year = DateOnly.FromDayNumber((int)day).Year.ToString("0000", CultureInfo.InvariantCulture);
        return new EntityKey(EntityKind.FxRates, string.Join(EntityKey.PartSeparator, from, to, year));
    }

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        if (fields.Day("day"u8) is not { } day || fields.Number("rate"u8) is not { } rate)
            return false;
        var nanos = (long)decimal.Round(rate * NanosPerUnit, 0, MidpointRounding.ToEven);
        var held = _nanos.GetValueOrDefault((int)day);
        if (nanos <= 0 || !held.Set(nanos, e.TimeMicros, e.Sequence))
            return false;
        _nanos[(int)day] = held;
        return true;
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        var (from, to) = Pair;
        var own = context.Settings.Currency;
        if (from != own && to != own)
            return;
        var dims = DimensionSet.Of((Dimensions.Currency, to == own ? from : to));
        foreach (var (day, nanos) in _nanos)
            sum.Add(Measures.FxRate, day, dims, to == own ? Rates.Direct : Rates.Inverse, 1, nanos.Value);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var (from, to) = Pair;
        var row = new FactRow(columns);
        row.Timestamp(_nanos.Count > 0 ? _nanos.Values.Min(n => n.Time) : null);
        row.Text(from);
        row.Text(to);
        row.Integer(_nanos.Count);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => _nanos.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes => 200 + _nanos.Count * 90;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Count(_nanos.Count);
        foreach (var (day, nanos) in _nanos)
        {
            writer.Signed(day);
            writer.Attribute(nanos);
        }
        return writer.End();
    }

    internal static FxRates Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var rates = new FxRates(key);
        for (var count = reader.Count(); count > 0; count--)
            rates._nanos.Add((int)reader.Signed(), reader.NumberAttribute());
        reader.End();
        return rates;
    }

    private (string From, string To) Pair
    {
        get
        {
            var parts = Key.Id.Split(EntityKey.PartSeparator);
            return (parts[0], parts[1]);
        }
    }
}
