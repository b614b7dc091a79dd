using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Surveys;

/// <summary>
/// One response to a survey: the last one of its stream. WARNING: the event type and field names below, and the order in
/// <see cref="Serialize"/>, are a storage format. Responses of kind ces are kept and not counted yet.
/// </summary>
public sealed class Survey(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;
    private const decimal MicrosPerPoint = 1_000_000m;

    private LastWriterWins<Response> _response;
    private DimensionValues _dims;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        if (e.Type != "survey.responded")
            return false;
        var fields = new JsonFields(e.Data.Span);
        if (fields.SharedText("kind"u8) is not { } kind || fields.Number("score"u8) is not { } score
            || fields.Number("scaleMax"u8) is not { } scaleMax)
            return false;
        var response = new Response(kind, Micros(score), Micros(scaleMax), fields.Text("customer"u8), fields.Text("deal"u8),
            fields.Text("ticket"u8));
        return _response.Set(response, e.TimeMicros, e.Sequence) | _dims.Apply(fields, Dimensions.Party, e);
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (!_response.IsSet)
            return;
        var (day, party, response) = (context.DayOf(_response.Time), _dims.Set.Only(Dimensions.Party), _response.Value);
        switch (response.Kind)
        {
            case "nps":
                sum.Add(Measures.SurveyNps, day, party, (int)(response.ScoreMicros / 1_000_000));
                break;
            case "csat":
                sum.Add(Measures.SurveyCsat, day, party, response.ScoreMicros * 5 >= response.ScaleMaxMicros * 4 ? 1 : 0);
                break;
            case "csi":
                sum.Add(Measures.SurveyCsi, day, party, 0, 1, ScaledToFive(response));
                break;
            case "employee":
                sum.Add(Measures.SurveyEmployee, day, party, 0, 1, ScaledToFive(response));
                break;
        }
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var response = _response.Value;
        var row = new FactRow(columns);
        row.Timestamp(_response.IsSet ? _response.Time : null);
        row.Text(response.Kind);
        row.Decimal(_response.IsSet ? response.ScoreMicros : null);
        row.Decimal(_response.IsSet ? response.ScaleMaxMicros : null);
        row.Text(response.Customer);
        row.Text(response.Deal);
        row.Text(response.Ticket);
        row.Party(_dims.Set);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_response.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 260 + _dims.ApproximateBytes;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_response, static (w, response) => response.Write(w));
        _dims.Write(writer);
        return writer.End();
    }

    internal static Survey Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var survey = new Survey(key);
        if (reader.Flag())
        {
            var (time, sequence) = reader.Stamp();
            survey._response.Set(Response.Read(ref reader), time, sequence);
        }
        survey._dims = DimensionValues.Read(ref reader);
        reader.End();
        return survey;
    }

    private static long ScaledToFive(in Response response) => (long)decimal.Round(
        response.ScoreMicros * 5_000_000m / response.ScaleMaxMicros, 0, MidpointRounding.ToEven);

    private static long Micros(decimal points) => (long)decimal.Round(points * MicrosPerPoint, 0, MidpointRounding.ToEven);

    private readonly record struct Response(
        string Kind, long ScoreMicros, long ScaleMaxMicros, string? Customer, string? Deal, string? Ticket)
    {
        public void Write(StateWriter writer)
        {
            writer.Text(Kind);
            writer.Signed(ScoreMicros);
            writer.Signed(ScaleMaxMicros);
            writer.Text(Customer);
            writer.Text(Deal);
            writer.Text(Ticket);
        }

        public static Response Read(ref StateReader reader) => new(reader.Text(isShared: true)!, reader.Signed(),
            reader.Signed(), reader.Text(), reader.Text(), reader.Text());
    }
}
