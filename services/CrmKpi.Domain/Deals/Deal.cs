using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Quality;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Deals;

/// <summary>
/// A deal. WARNING: the event types and field names below, and the order in <see cref="Serialize"/>, are a storage format.
/// <para>
/// It counts from its first own event on, unless its last point is a deletion or a merge into another deal. It is won or
/// lost at most once: by its present status, on the day on which the present run of that status began; a win that was
/// reopened is no win. An amount holds from the time of its event on; the amount won or lost is the last one. Activities and
/// calls of others that name it are counted up to its win; they make no deal by themselves.
/// </para>
/// <para>
/// A merge takes the deal away and gives the other nothing: that one keeps its own amount, lead and customer, since a CRM
/// that merges deals says on the deal that stays what became of it.
/// </para>
/// </summary>
public sealed class Deal(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 2;
    private const long ProbabilityMicrosUnknown = 50_000_000;

    private Earliest _firstEvent;
    private Earliest _created;
    private DimensionValues _dims;
    private LastWriterWins<string> _lead;
    private LastWriterWins<string> _customer;
    private LastWriterWins<Money> _margin;
    private LastWriterWins<long> _probabilityMicros;
    private LastWriterWins<long> _firstContact;
    private List<DealPoint> _points = [];
    private List<AmountPoint> _amounts = [];
    private List<ExpectedClose> _expected = [];
    private Touches _touches;
    private RecordQuality _quality;
    private Inbound _inbound;

    private DealStory? _story;
    private TenantSettings? _storySettings;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        if (e.Type is "activity.logged" or "call.recorded")
            return _touches.Add(context.Settings.BypassActivities, e);
        var fields = new JsonFields(e.Data.Span);
        var changed = _firstEvent.Add(e.TimeMicros);
        changed |= _dims.Apply(fields, Dimensions.Deal, e) | _quality.Apply(context, RecordKind.Deal, fields, e);
        if (fields.Number("probability"u8) is { } probability)
        {
            var micros = (long)decimal.Round(probability * 1_000_000, 0, MidpointRounding.ToEven);
            changed |= _probabilityMicros.Set(micros, e.TimeMicros, e.Sequence);
        }
        if (fields.Amount("amount"u8) is { } amount)
            changed |= Timeline.Insert(_amounts, new AmountPoint(e.TimeMicros, e.Sequence, amount));
        changed |= ApplyLinks(fields, e) | ApplyExpectedClose(context, fields, e);
        switch (e.Type)
        {
            case "deal.created":
                changed |= _created.Add(e.TimeMicros) | AddPoint(DealPointKind.Created, fields, e);
                if (fields.Instant("firstContact"u8) is { } contact)
                    changed |= _firstContact.Set(contact, e.TimeMicros, e.Sequence);
                break;
            case "deal.stage_changed":
                changed |= AddPoint(DealPointKind.Staged, fields, e);
                break;
            case "deal.won":
                changed |= AddPoint(DealPointKind.Won, fields, e);
                if (fields.Amount("margin"u8) is { } margin)
                    changed |= _margin.Set(margin, e.TimeMicros, e.Sequence);
                break;
            case "deal.lost":
                changed |= AddPoint(DealPointKind.Lost, fields, e);
                changed |= _dims.Write(Dimensions.Reason, fields.SharedText("reason"u8), e);
                changed |= _dims.Write(Dimensions.Cause, fields.SharedText("cause"u8), e);
                break;
            case "deal.reopened":
                changed |= AddPoint(DealPointKind.Reopened, fields, e);
                break;
            case "deal.deleted" or "deal.merged":
                changed |= AddPoint(DealPointKind.Deleted, fields, e);
                break;
        }
        if (changed)
            _story = null;
        return changed;
    }

    /// <inheritdoc/>
    internal override bool Receive(EntityKey sender, Link? link) => _inbound.Receive(sender, link);

    /// <inheritdoc/>
    internal override void TellOthers(FoldContext context, List<(EntityKey Receiver, Link Link)> links)
    {
        if (!_firstEvent.IsSet)
            return;
        var story = StoryUnder(context.Settings);
        var wonAt = IsWon(story) ? story.ClosedAt : null;
        if (_lead.IsSet)
            links.Add((new EntityKey(EntityKind.Lead, _lead.Value), new Link(IsDirect: true, wonAt)));
        foreach (var (sender, link) in _inbound)
            if (link.IsDirect && sender.Id != _lead.Value)
                links.Add((sender, new Link(IsDirect: false, wonAt)));
        if (wonAt is { } won && _customer.IsSet)
        {
            links.Add((new EntityKey(EntityKind.Customer, _customer.Value),
                new Link(IsDirect: true, won, LastAmount, _margin.IsSet ? _margin.Value : null)));
        }
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (_firstEvent.Time is not { } born)
            return;
        var story = StoryUnder(context.Settings);
        _quality.Contribute(context, RecordKind.Deal, born, story.DeletedAt, sum);
        if (story.IsDeleted)
            return;
        var lead = LeadLink();
        var dims = _dims.Set.FilledFrom(lead?.Dims);
        var origins = IsWon(story) ? _dims.Origins.And(lead?.Origins) : Origins.None;
        new DealContributions(context, sum, story, _amounts, dims, origins,
            _probabilityMicros.IsSet ? _probabilityMicros.Value : ProbabilityMicrosUnknown)
            .Add(CreatedAt, lead?.At, _firstContact.IsSet ? _firstContact.Value : null);
        var deal = dims.Only(Dimensions.Deal);
        var moves = new DealMoves(context, sum, story, deal);
        moves.AddOpenings();
        moves.AddSlips(_expected);
        if (IsWon(story) && story.ClosedAt is { } won && _touches.CountTo(won) < context.Settings.BypassActivities)
            sum.Add(Measures.DealsWonBypassed, context.DayOf(won), deal);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var story = StoryUnder(settings);
        var lead = LeadLink();
        var dims = _dims.Set.FilledFrom(lead?.Dims);
        var row = new FactRow(columns);
        row.Timestamp(_firstEvent.IsSet ? CreatedAt : null);
        row.Timestamp(story.ClosedAt);
        row.Text(!_firstEvent.IsSet ? null : story.IsDeleted ? "deleted" : story.Status switch
        {
            StageSemantic.Success => "won",
            StageSemantic.Failure => "lost",
            _ => "open",
        });
        row.Text(story.Stage);
        row.Text(dims[Dimensions.Pipeline]);
        row.Decimal(LastAmount?.Micros);
        row.Text(LastAmount is { } amount ? amount.Currency ?? settings.Currency : null);
        row.Decimal(_margin.IsSet ? _margin.Value.Micros : null);
        row.Decimal(_probabilityMicros.IsSet ? _probabilityMicros.Value : null);
        row.Date(_expected.Count > 0 ? _expected[^1].Day : null);
        row.Text(_lead.Value ?? LeadLinked()?.Id);
        row.Text(_customer.Value);
        row.Party(dims);
        row.Text(dims[Dimensions.Product]);
        row.Text(dims[Dimensions.Reason]);
        row.Text(dims[Dimensions.Cause]);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_firstEvent.IsSet && _inbound.Count == 0 && _touches.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes =>
        520 + _dims.ApproximateBytes + _points.Capacity * 48 + _amounts.Capacity * 32 + _inbound.Count * 200
        + _expected.Capacity * 24 + _touches.Count * 16 + _quality.ApproximateBytes
        + (_story is null ? 0 : 160 + _story.Visits.Capacity * 56);

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _firstEvent.Write(writer);
        _created.Write(writer);
        _dims.Write(writer);
        writer.Attribute(_lead);
        writer.Attribute(_customer);
        writer.Attribute(_margin);
        writer.Attribute(_probabilityMicros);
        writer.Attribute(_firstContact);
        writer.Count(_points.Count);
        foreach (var point in _points)
        {
            writer.Stamp(point.Time, point.Sequence);
            writer.Byte((byte)point.Kind);
            writer.Text(point.Stage);
            writer.Text(point.Pipeline);
            writer.Byte(point.Semantic is { } semantic ? (byte)(1 + (int)semantic) : (byte)0);
        }
        writer.Count(_amounts.Count);
        foreach (var amount in _amounts)
        {
            writer.Stamp(amount.Time, amount.Sequence);
            writer.Money(amount.Amount);
        }
        writer.Count(_expected.Count);
        foreach (var expected in _expected)
        {
            writer.Stamp(expected.Time, expected.Sequence);
            writer.Signed(expected.Day);
        }
        _touches.Write(writer);
        _quality.Write(writer);
        _inbound.Write(writer);
        return writer.End();
    }

    internal static Deal Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var deal = new Deal(key)
        {
            _firstEvent = Earliest.Read(ref reader),
            _created = Earliest.Read(ref reader),
            _dims = DimensionValues.Read(ref reader),
            _lead = reader.TextAttribute(),
            _customer = reader.TextAttribute(),
            _margin = reader.MoneyAttribute(),
            _probabilityMicros = reader.NumberAttribute(),
            _firstContact = reader.NumberAttribute(),
        };
        var points = reader.Count();
        deal._points = new List<DealPoint>(points);
        for (; points > 0; points--)
        {
            var (time, sequence) = reader.Stamp();
            deal._points.Add(new DealPoint(time, sequence, (DealPointKind)reader.Byte(), reader.Text(isShared: true),
                reader.Text(isShared: true), reader.Byte() is > 0 and var semantic ? (StageSemantic)(semantic - 1) : null));
        }
        var amounts = reader.Count();
        deal._amounts = new List<AmountPoint>(amounts);
        for (; amounts > 0; amounts--)
        {
            var (time, sequence) = reader.Stamp();
            deal._amounts.Add(new AmountPoint(time, sequence, reader.Money()));
        }
        for (var expected = reader.Count(); expected > 0; expected--)
        {
            var (time, sequence) = reader.Stamp();
            deal._expected.Add(new ExpectedClose(time, sequence, (int)reader.Signed()));
        }
        deal._touches = Touches.Read(ref reader);
        deal._quality = RecordQuality.Read(ref reader);
        deal._inbound = Inbound.Read(ref reader);
        reader.End();
        return deal;
    }

    private long CreatedAt => _created.Time ?? _firstEvent.Time ?? 0;

    private Money? LastAmount => _amounts.Count > 0 ? _amounts[^1].Amount : null;

    private static bool IsWon(DealStory story) => !story.IsDeleted && story.Status == StageSemantic.Success;

    private DealStory StoryUnder(TenantSettings settings)
    {
        if (_story is null || !ReferenceEquals(_storySettings, settings))
            (_story, _storySettings) = (DealStory.Of(_points, _dims[Dimensions.Pipeline], settings), settings);
        return _story;
    }

    // The lead that the deal names; else the first by id of those that name the deal.
    private EntityKey? LeadLinked()
    {
        if (_lead.IsSet)
            return new EntityKey(EntityKind.Lead, _lead.Value);
        EntityKey? first = null;
        foreach (var (sender, link) in _inbound)
            if (link.IsDirect && (first is null || string.CompareOrdinal(sender.Id, first.Value.Id) < 0))
                first = sender;
        return first;
    }

    private Link? LeadLink() => LeadLinked() is { } lead ? _inbound.From(lead) : null;

    private bool ApplyLinks(in JsonFields fields, in LogEvent e)
    {
        var changed = false;
        if (fields.Text("lead"u8) is { } lead)
            changed |= _lead.Set(lead, e.TimeMicros, e.Sequence);
        if (fields.Text("customer"u8) is { } customer)
            changed |= _customer.Set(customer, e.TimeMicros, e.Sequence);
        return changed;
    }

    private bool ApplyExpectedClose(FoldContext context, in JsonFields fields, in LogEvent e)
    {
        var day = fields.Day("expectedClose"u8);
        if (day is null && fields.Instant("expectedClose"u8) is { } at)
            day = context.DayOf(at);
        return day is { } expected && Timeline.Insert(_expected, new ExpectedClose(e.TimeMicros, e.Sequence, expected));
    }

    private bool AddPoint(DealPointKind kind, in JsonFields fields, in LogEvent e)
    {
        StageSemantic? semantic = kind > DealPointKind.Staged ? null : fields.Text("semantic"u8) switch
        {
            "open" => StageSemantic.Open,
            "success" => StageSemantic.Success,
            "failure" => StageSemantic.Failure,
            _ => null,
        };
        return Timeline.Insert(_points, new DealPoint(
            e.TimeMicros, e.Sequence, kind, fields.SharedText("stage"u8), fields.SharedText("pipeline"u8), semantic));
    }
}

/// <summary>An amount that holds from a point in time on.</summary>
internal readonly record struct AmountPoint(long Time, long Sequence, Money Amount) : ITimelinePoint
{
    public int Rank => 0;
}
