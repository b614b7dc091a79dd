using CrmKpi.Hosting.Grpc;

namespace CrmKpi.Grpc.Tests;

/// <summary>What may be metadata of an answer.</summary>
public sealed class MetadataTests
{
    [Fact]
    public void Keys_are_lower_case_and_may_repeat()
    {
        var metadata = new Metadata();
        metadata.Add("X-One", "a");
        metadata.Add("x-one", "b");
        metadata.Add("x-two-bin", [1, 2]);
        Assert.Equal(["x-one", "x-one", "x-two-bin"], metadata.Select(e => e.Key));
        Assert.Equal("b", metadata.GetText("x-ONE"));
        Assert.Equal([1, 2], metadata.GetBytes("x-two-bin")!);
        Assert.Null(metadata.GetText("x-none"));
    }

    [Theory]
    [InlineData("grpc-status")]
    [InlineData("content-type")]
    [InlineData("te")]
    [InlineData(":path")]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("ключ")]
    public void What_belongs_to_the_protocol_or_is_no_key_is_refused(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata().Add(key, "a"));

    [Theory]
    [InlineData("x-bin")]
    [InlineData("X-Some-Bin")]
    public void Bytes_and_text_have_keys_of_their_own(string key)
    {
        Assert.Throws<ArgumentException>(() => new Metadata().Add(key, "text"));
        Assert.Throws<ArgumentException>(() => new Metadata().Add("x-text", [1]));
    }

    [Fact]
    public void Text_is_printable_ascii() =>
        Assert.Throws<ArgumentException>(() => new Metadata().Add("x-text", "line\nline"));
}
