namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>A column that some rule of a file reads.</summary>
/// <param name="Join">The join it comes from; null = the file itself.</param>
/// <param name="Name">The column's name.</param>
/// <param name="Line">The mapping's line that names it.</param>
public sealed record ColumnRef(string? Join, string Name, long Line)
{
    /// <summary>As it is written in a mapping.</summary>
    public string Text => Join is null ? Name : $"{Join}.{Name}";
}

/// <summary>
/// The columns that the rules of one file read, numbered: a row's values are put into an array once, and rules refer to them
/// by number.
/// </summary>
public sealed class Columns(IReadOnlyCollection<string> joins)
{
    /// <summary>The running number of the row among those with the same key.</summary>
    public const string Occurrence = "_occurrence";

    /// <summary>The row's first line in the file.</summary>
    public const string Line = "_line";

    private readonly List<ColumnRef> _refs = [];
    private readonly Dictionary<string, int> _slots = [];

    /// <summary>The columns by slot.</summary>
    public IReadOnlyList<ColumnRef> Refs => _refs;

    /// <summary>True when some rule asks for <see cref="Occurrence"/>.</summary>
    public bool UsesOccurrence => _slots.ContainsKey(Occurrence);

    /// <summary>The number of a column: <c>name</c>, or <c>join.name</c> where a join of that name is declared.</summary>
    public int Slot(string text, long mappingLine)
    {
        if (_slots.TryGetValue(text, out var slot))
            return slot;
        var dot = text.IndexOf('.');
        var join = dot > 0 && joins.Contains(text[..dot]) ? text[..dot] : null;
        _refs.Add(new ColumnRef(join, join is null ? text : text[(dot + 1)..], mappingLine));
        return _slots[text] = _refs.Count - 1;
    }
}

/// <summary>A row as the rules see it.</summary>
/// <param name="File">Name of the file's entry in the mapping.</param>
/// <param name="Line">Its first line.</param>
/// <param name="Key">The values of its key, joined; null when the mapping declares no key.</param>
/// <param name="Values">By slot, trimmed; null = empty.</param>
/// <param name="Columns">What the slots are.</param>
internal readonly record struct Row(string File, long Line, string? Key, string?[] Values, Columns Columns)
{
    public string? this[int slot] => Values[slot];

    /// <summary>The column's name for messages.</summary>
    public string NameOf(int slot) => Columns.Refs[slot].Text;
}
