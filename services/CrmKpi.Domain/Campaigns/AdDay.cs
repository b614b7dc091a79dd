using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Campaigns;

/// <summary>
/// What a campaign's advertisements did on one day in one channel and source: part of the campaign's stream. The last report
/// counts, since systems of advertising correct theirs for days. WARNING: the event type and field names below, and the
/// order in <see cref="Serialize"/>, are a storage format.
/// </summary>
public sealed class AdDay(EntityKey key) : EntityState(key)
{
    /// <summary>The category under which the cost stands among all costs.</summary>
    public const string CostCategory = "marketing";

    private const byte FormatVersion = 1;

    private LastWriterWins<Report> _report;

    /// <summary>The entity that an <c>ad.performance</c> belongs to; null when it does not name a day and a channel.</summary>
    internal static EntityKey? KeyOf(in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        if (fields.Day("day"u8) is not { } day || fields.Text("channel"u8) is not { } channel)
            return null;
        var date = DateOnly.FromDayNumber(day).ToString("O", CultureInfo.InvariantCulture);
        return EntityKey.PartOf(EntityKind.AdDay, e.Stream, date, channel, fields.Text("source"u8) ?? "");
    }

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        return fields.Integer("impressions"u8) is { } impressions && fields.Integer("clicks"u8) is { } clicks
            && fields.Amount("cost"u8) is { } cost
            && _report.Set(new Report(impressions, clicks, cost), e.TimeMicros, e.Sequence);
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (!_report.IsSet)
            return;
        var (report, parts) = (_report.Value, Parts);
        var day = Day(parts).DayNumber;
        var touch = DimensionSet.Of(
            (Dimensions.Campaign, parts[0]), (Dimensions.Channel, parts[2]), (Dimensions.Source, parts[3]));
        sum.Add(Measures.AdImpressions, day, touch, value: report.Impressions);
        sum.Add(Measures.AdClicks, day, touch, value: report.Clicks);
        sum.AddMoney(context, Measures.AdCost, day, touch, report.Cost);
        var cost = touch.With(Dimensions.Source, null).With(Dimensions.Category, CostCategory);
        sum.AddMoney(context, Measures.Cost, day, cost, report.Cost);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var (report, parts) = (_report.Value, Parts);
        var row = new FactRow(columns);
        row.Timestamp(_report.IsSet ? _report.Time : null);
        row.Date(Day(parts).DayNumber);
        row.Text(parts[0]);
        row.Text(parts[2]);
        row.Text(parts[3].Length > 0 ? parts[3] : null);
        row.BigInteger(report.Impressions);
        row.BigInteger(report.Clicks);
        row.Decimal(report.Cost.Micros);
        row.Text(report.Cost.Currency ?? settings.Currency);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_report.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 160 + Key.Id.Length * 2;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_report, static (w, report) =>
        {
            w.Signed(report.Impressions);
            w.Signed(report.Clicks);
            w.Money(report.Cost);
        });
        return writer.End();
    }

    internal static AdDay Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var day = new AdDay(key);
        if (reader.Flag())
        {
            var (time, sequence) = reader.Stamp();
            day._report.Set(new Report(reader.Signed(), reader.Signed(), reader.Money()), time, sequence);
        }
        reader.End();
        return day;
    }

    // Campaign, day, channel, source.
    private string[] Parts => Key.Id.Split(EntityKey.PartSeparator);

    private static DateOnly Day(string[] parts) => DateOnly.ParseExact(parts[1], "O", CultureInfo.InvariantCulture);

    private readonly record struct Report(long Impressions, long Clicks, Money Cost);
}
