using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Quality;

public sealed class RecordQualityTests
{
    private static readonly TenantSettings Settings = new();

    private static readonly TenantSettings PhoneAndEmail = new()
    {
        RequiredFields = new Dictionary<string, IReadOnlyList<string>> { ["lead"] = ["email", "phone"] },
    };

    [Fact]
    public void Leads_deals_and_customers_are_records_and_others_are_not()
    {
        var model = Of(Settings, Event(1, "2025-01-01", "lead/l", "lead.created"),
            Event(2, "2025-01-02", "deal/d", "deal.created", "{'stage':'a','customer':'unseen'}"),
            Event(3, "2025-01-03", "customer/c", "customer.registered"),
            Event(4, "2025-01-03", "task/t", "record.completeness", "{'required':1,'filled':1}"));

        Assert.Equal("2025-01-01 {category=lead} +1\n2025-01-02 {category=deal} +1\n2025-01-03 {category=customer} +1",
            model.Show(Measures.Records));
        Assert.Equal("", model.Show(Measures.FieldsRequired));
    }

    [Fact]
    public void A_field_is_filled_as_the_last_event_says_and_those_named_so_far_count()
    {
        var model = Of(Settings, Created(1, "2025-01-01", "'phone':true,'email':false"),
            Changed(2, "2025-01-05", "'email':true,'site':false"), Changed(3, "2025-01-09", "'phone':false"));

        Assert.Equal("""
            2025-01-01 {category=lead} +1 2
            2025-01-05 {category=lead} 0 1
            """, model.Show(Measures.FieldsRequired));
        Assert.Equal("""
            2025-01-01 {category=lead} +1 1
            2025-01-05 {category=lead} 0 1
            2025-01-09 {category=lead} 0 -1
            """, model.Show(Measures.FieldsFilled));
    }

    [Fact]
    public void Where_the_settings_name_fields_only_these_count_whether_told_or_not()
    {
        var model = Of(PhoneAndEmail, Created(1, "2025-01-01", "'phone':true,'site':true,'fax':true"));

        Assert.Equal("2025-01-01 {category=lead} +1 2", model.Show(Measures.FieldsRequired));
        Assert.Equal("2025-01-01 {category=lead} +1 1", model.Show(Measures.FieldsFilled));
    }

    [Fact]
    public void A_record_of_which_no_required_field_was_told_is_neither_full_nor_empty()
    {
        var model = Of(PhoneAndEmail, Created(1, "2025-01-01", "'site':true"));

        Assert.Equal("", model.Show(Measures.FieldsRequired));
        Assert.Equal("2025-01-01 {category=lead} +1", model.Show(Measures.Records));
    }

    [Fact]
    public void A_count_told_holds_until_something_else_is_told()
    {
        var model = Of(Settings, Created(1, "2025-01-01", "'phone':true"),
            Event(2, "2025-01-05", "lead/l", "record.completeness", "{'required':10,'filled':12}"),
            Changed(3, "2025-01-09", "'email':false"));

        Assert.Equal("2025-01-01 {category=lead} +1 1\n2025-01-05 {category=lead} 0 9\n2025-01-09 {category=lead} 0 -8",
            model.Show(Measures.FieldsRequired));
        Assert.Equal("2025-01-01 {category=lead} +1 1\n2025-01-05 {category=lead} 0 9\n2025-01-09 {category=lead} 0 -9",
            model.Show(Measures.FieldsFilled));
    }

    [Fact]
    public void A_duplicate_is_one_until_it_is_resolved_for_every_other_record()
    {
        var model = Of(Settings, Event(1, "2025-01-01", "customer/c", "customer.registered"),
            Duplicate(2, "2025-01-02", "detected", "a"), Duplicate(3, "2025-01-03", "detected", "b"), Duplicate(4, "2025-01-04", "resolved", "a"));
        Assert.Equal("2025-01-02 {category=customer} +1", model.Show(Measures.Duplicates));

        model.Fold([Duplicate(5, "2025-01-06", "resolved", "b")]);
        Assert.Equal("2025-01-02 {category=customer} +1\n2025-01-06 {category=customer} -1", model.Show(Measures.Duplicates));
    }

    [Theory]
    [InlineData("deal/d", "deal.deleted", "{}")]
    [InlineData("deal/d", "deal.merged", "{'into':'e'}")]
    [InlineData("customer/d", "customer.merged", "{'into':'e'}")]
    public void What_is_deleted_or_merged_is_gone_with_its_fields_and_as_a_duplicate(string stream, string type, string data)
    {
        var kind = stream.Split('/')[0];
        var model = Of(Settings, Event(1, "2025-01-01", stream, "record.completeness", "{'required':4,'filled':3}"),
            Event(2, "2025-01-02", stream, "duplicate.detected", "{'of':'e'}"), Event(3, "2025-01-08", stream, type, data),
            Event(4, "2025-01-09", stream, "record.completeness", "{'required':4,'filled':4}"));

        Assert.Equal($"2025-01-01 {{category={kind}}} +1\n2025-01-08 {{category={kind}}} -1", model.Show(Measures.Records));
        Assert.Equal($"2025-01-01 {{category={kind}}} +1 3\n2025-01-08 {{category={kind}}} -1 -3",
            model.Show(Measures.FieldsFilled));
        Assert.Equal($"2025-01-02 {{category={kind}}} +1\n2025-01-08 {{category={kind}}} -1", model.Show(Measures.Duplicates));
    }

    [Fact]
    public void What_happens_on_one_day_counts_as_it_stood_at_its_end()
    {
        var model = Of(Settings, Created(1, "2025-01-01 09:00", "'phone':false"), Changed(2, "2025-01-01 10:00", "'phone':true"));
        Assert.Equal("2025-01-01 {category=lead} +1 1", model.Show(Measures.FieldsFilled));
    }

    [Fact]
    public void Records_that_tell_nothing_of_their_quality_pay_two_bytes_for_it()
    {
        var plain = Of(Settings, Created(1, "2025-01-01", null)).States[new(EntityKind.Lead, "l")];
        var told = Of(Settings, Created(1, "2025-01-01", "'phone':true,'email':true")).States[new(EntityKind.Lead, "l")];
        Assert.InRange(told.Length - plain.Length, 10, 30);
    }

    private static LogEvent Created(long sequence, string time, string? fields) => Event(
        sequence, time, "lead/l", "lead.created", fields is null ? "{}" : $"{{'fields':{{{fields}}}}}");

    private static LogEvent Changed(long sequence, string time, string fields) => Event(
        sequence, time, "lead/l", "lead.status_changed", $"{{'status':'s','fields':{{{fields}}}}}");

    private static LogEvent Duplicate(long sequence, string time, string what, string of) => Event(
        sequence, time, "customer/c", $"duplicate.{what}", $"{{'of':'{of}'}}");
}
