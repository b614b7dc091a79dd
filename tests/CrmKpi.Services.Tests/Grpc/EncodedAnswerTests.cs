using CrmKpi.Query.Grpc;
using CrmKpi.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>An answer that was encoded before is, on the wire, the message that it stands for.</summary>
public sealed class EncodedAnswerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    public void It_is_read_as_the_message_that_it_stands_for(long lag)
    {
        var answer = new KpiAnswer { NextPageToken = "next", Basis = new AnswerBasis { Tenant = "t", Sequence = 42 } };
        var encoded = new EncodedAnswer<GetKpisResponse>(lag, answer.ToByteArray());
        Assert.Equal(new GetKpisResponse { Lag = lag, Answer = answer }, GetKpisResponse.Parser.ParseFrom(encoded.ToByteArray()));
        Assert.Equal(encoded.CalculateSize(), encoded.ToByteArray().Length);
        Assert.Same(GetKpisResponse.Descriptor, encoded.Descriptor);
    }

    [Fact]
    public void Its_two_fields_are_those_of_every_response()
    {
        foreach (var type in (MessageDescriptor[])
            [GetKpisResponse.Descriptor, WatchResponse.Descriptor, GetFunnelResponse.Descriptor, ExplainResponse.Descriptor])
        {
            Assert.Equal(FieldType.Int64, type.FindFieldByNumber(EncodedAnswer<GetKpisResponse>.LagField).FieldType);
            Assert.Equal(FieldType.Message, type.FindFieldByNumber(EncodedAnswer<GetKpisResponse>.AnswerField).FieldType);
            Assert.Equal(2, type.Fields.InDeclarationOrder().Count);
        }
    }

    [Fact]
    public void It_can_only_be_written()
    {
        var encoded = new EncodedAnswer<GetKpisResponse>(7, new byte[] { 1, 2 });
        Assert.Throws<NotSupportedException>(() => new EncodedAnswer<GetKpisResponse>().MergeFrom(new byte[] { 8, 1 }));
        Assert.Throws<NotSupportedException>(() => new EncodedAnswer<GetKpisResponse>().MergeFrom(encoded));
        Assert.Equal(encoded, encoded.Clone());
        Assert.NotEqual(encoded, new EncodedAnswer<GetKpisResponse>(8, new byte[] { 1, 2 }));
    }
}
