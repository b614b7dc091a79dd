using CrmKpi.Domain.Events;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// Which entities take an event in. Most events belong to the entity of their stream; some belong to a part of it, so
/// that an entity's state stays small however long its stream grows; some tell several entities something.
/// </summary>
internal static class EventRoutes
{
    /// <summary>Adds the keys of the entities that an event concerns, each once.</summary>
    public static void Find(in LogEvent e, FoldContext context, List<EntityKey> keys)
    {
        switch (e.Type)
        {
            case EventTypes.FxRateSet:
                if (Currencies.FxRates.KeyOf(e) is { } rates)
                    keys.Add(rates);
                return;
        }
        if (EntityKey.TryParse(e.Stream, out var own))
            keys.Add(own);
    }
}
