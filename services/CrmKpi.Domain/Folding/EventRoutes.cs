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
            case "user.logged_in" or "time.logged" or "suggestion.submitted":
                keys.Add(EntityKey.PartOfEvent(EntityKind.Activity, e));
                break;
            case "activity.logged":
                keys.Add(EntityKey.PartOfEvent(EntityKind.Activity, e));
                if (new JsonFields(e.Data.Span).Text("subject"u8) is { } subject
                    && EntityKey.TryParse(subject, out var deal) && deal.Kind == EntityKind.Deal)
                    keys.Add(deal);
                break;
            case "call.recorded":
                if (new JsonFields(e.Data.Span).Text("deal"u8) is { } called)
                    keys.Add(new EntityKey(EntityKind.Deal, called));
                break;
            case "process.executed":
                keys.Add(EntityKey.PartOfEvent(EntityKind.Execution, e));
                return;
            case "email.sent" or "email.delivered" or "email.opened" or "email.clicked" or "email.unsubscribed":
                if (Campaigns.EmailSend.KeyOf(e) is { } email)
                    keys.Add(email);
                return;
            case "ad.performance":
                if (Campaigns.AdDay.KeyOf(e) is { } day)
                    keys.Add(day);
                return;
        }
        if (EntityKey.TryParse(e.Stream, out var own))
            keys.Add(own);
    }
}
