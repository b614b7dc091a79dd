using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CrmKpi.Query.Grpc;

/// <summary>
/// A response that was encoded once and is sent many times: on the wire a <typeparamref name="TMessage"/>, of which field 1 is the lag,
/// the only thing that is not a function of the snapshot, and field 2 the answer. It can only be written.
/// </summary>
internal sealed class EncodedAnswer<TMessage> : IMessage<EncodedAnswer<TMessage>>, IBufferMessage
    where TMessage : IMessage<TMessage>, new()
{
    /// <summary>The field of the lag.</summary>
    public const int LagField = 1;

    /// <summary>The field of the answer.</summary>
    public const int AnswerField = 2;

    private static readonly uint LagTag = WireFormat.MakeTag(LagField, WireFormat.WireType.Varint);
    private static readonly uint AnswerTag = WireFormat.MakeTag(AnswerField, WireFormat.WireType.LengthDelimited);
    private static readonly MessageDescriptor Encoded = new TMessage().Descriptor;

    private readonly long _lag;
    private readonly ByteString _answer;

    /// <summary>An empty response.</summary>
    public EncodedAnswer() : this(0, ReadOnlyMemory<byte>.Empty)
    {
    }

    /// <summary>A response.</summary>
    /// <param name="answer">Must not change any more.</param>
    public EncodedAnswer(long lag, ReadOnlyMemory<byte> answer)
    {
        _lag = lag;
        _answer = UnsafeByteOperations.UnsafeWrap(answer);
    }

    /// <inheritdoc/>
    public MessageDescriptor Descriptor => Encoded;

    /// <inheritdoc/>
    public int CalculateSize() =>
        CodedOutputStream.ComputeTagSize(LagField) + CodedOutputStream.ComputeInt64Size(_lag)
        + CodedOutputStream.ComputeTagSize(AnswerField) + CodedOutputStream.ComputeBytesSize(_answer);

    /// <inheritdoc/>
    public void WriteTo(CodedOutputStream output) => output.WriteRawMessage(this);

    /// <inheritdoc/>
    public void InternalWriteTo(ref WriteContext output)
    {
        output.WriteTag(LagTag);
        output.WriteInt64(_lag);
        output.WriteTag(AnswerTag);
        output.WriteBytes(_answer);
    }

    /// <inheritdoc/>
    public EncodedAnswer<TMessage> Clone() => new(_lag, _answer.Memory);

    /// <inheritdoc/>
    public bool Equals(EncodedAnswer<TMessage>? other) => other is not null && other._lag == _lag && other._answer == _answer;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EncodedAnswer<TMessage>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_lag, _answer);

    /// <inheritdoc/>
    public void MergeFrom(EncodedAnswer<TMessage> message) => throw WriteOnly();

    /// <inheritdoc/>
    public void MergeFrom(CodedInputStream input) => throw WriteOnly();

    /// <inheritdoc/>
    public void InternalMergeFrom(ref ParseContext input) => throw WriteOnly();

    private static NotSupportedException WriteOnly() => new("An encoded answer can only be written.");
}
