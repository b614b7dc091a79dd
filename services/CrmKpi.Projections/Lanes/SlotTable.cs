namespace CrmKpi.Projections.Lanes;

/// <summary>Which slots this process may work on. Changed by the lease loop, asked by every worker.</summary>
public sealed class SlotTable
{
    private enum State : byte { Foreign, Held, Leaving }

    private readonly Lock _lock = new();
    private readonly State[] _states = new State[Slots.Count];
    private readonly int[] _turns = new int[Slots.Count];

    /// <summary>Slots that this process works on.</summary>
    public int HeldCount
    {
        get
        {
            lock (_lock)
                return _states.Count(state => state == State.Held);
        }
    }

    /// <summary>True when a turn of one of its tenants may begin.</summary>
    public bool Holds(int slot)
    {
        lock (_lock)
            return _states[slot] == State.Held;
    }

    /// <summary>Begins a turn, unless the slot is not held (any more).</summary>
    public bool TryBegin(int slot)
    {
        lock (_lock)
        {
            if (_states[slot] != State.Held)
                return false;
            _turns[slot]++;
            return true;
        }
    }

    /// <summary>Ends a turn.</summary>
    public void End(int slot)
    {
        lock (_lock)
            _turns[slot]--;
    }

    internal void Take(IEnumerable<int> slots)
    {
        lock (_lock)
            foreach (var slot in slots)
                _states[slot] = State.Held;
    }

    /// <summary>No new turns on the highest of these slots.</summary>
    internal void Leave(int count)
    {
        lock (_lock)
            for (var slot = Slots.Count - 1; slot >= 0 && count > 0; slot--)
                if (_states[slot] == State.Held)
                {
                    _states[slot] = State.Leaving;
                    count--;
                }
    }

    /// <summary>The slots being left whose last turn has ended; they count as foreign from here on.</summary>
    internal int[] TakeOutLeft()
    {
        lock (_lock)
        {
            var left = Enumerable.Range(0, Slots.Count)
                .Where(slot => _states[slot] == State.Leaving && _turns[slot] == 0).ToArray();
            foreach (var slot in left)
                _states[slot] = State.Foreign;
            return left;
        }
    }

    internal int CountWithLeaving()
    {
        lock (_lock)
            return _states.Count(state => state != State.Foreign);
    }
}
