using System.Text;
using CrmKpi.Domain.Privacy;

namespace CrmKpi.ReadModels.Privacy;

/// <summary>An event that may tell of the person.</summary>
internal readonly record struct LogRow(long Sequence, string Stream, string Type, string SourceId, byte[] Data);

/// <summary>Events to write back, by column.</summary>
internal sealed class MaskedRows
{
    private readonly List<long> _sequences = [];
    private readonly List<string> _data = [];
    private readonly List<string> _sourceIds = [];
    private readonly List<bool> _isAbout = [];

    public int Count => _sequences.Count;

    /// <summary>
    /// Takes up an event unless it tells nothing. The id by which the source knew it goes when it may tell who it was
    /// about; that it was stored stays known by the hash in the column <c>id</c>.
    /// </summary>
    public void Add(LogRow row, MaskedEvent? masked, Forgetting open)
    {
        var namesPerson = row.SourceId.Contains(open.Person!, StringComparison.Ordinal);
        if (masked is null && !namesPerson)
            return;
        var isAbout = masked?.IsAbout == true;
        _sequences.Add(row.Sequence);
        _data.Add(Encoding.UTF8.GetString(masked?.Data ?? row.Data));
        _sourceIds.Add(isAbout || namesPerson ? $"{open.Pseudonym}/{row.Sequence}" : row.SourceId);
        _isAbout.Add(isAbout);
    }

    /// <summary>Parameters of <c>mask_events.sql</c> from the second on.</summary>
    public object[] Columns() => [_sequences.ToArray(), _data.ToArray(), _sourceIds.ToArray(), _isAbout.ToArray()];
}
