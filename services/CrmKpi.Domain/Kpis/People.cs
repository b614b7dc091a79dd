using CrmKpi.Domain.Cube;
using static CrmKpi.Domain.Cube.Measures;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Kpis;

/// <summary>The KPIs of people and of how far they work with the CRM. S is the start of the period P.</summary>
internal static class People
{
    private const KpiArea Area = KpiArea.People;

    private static readonly Formula Active = new Pairs(UsersActive, PairReading.Within);

    /// <summary>With access at some time of P: at S, or entering later.</summary>
    private static readonly Formula Assigned = At(Edge.Start, UsersAssigned) + new Pairs(UsersEntered, PairReading.Within);

    private static readonly Formula WorkingDaysActive = new Flow(UserDaysActive, CellPart.Sum) { Buckets = new(1, 1) };

    public static IReadOnlyList<Kpi> All { get; } = [.. Adoption(), .. Work()];

    private static IEnumerable<Kpi> Adoption() =>
    [
        Area.Declare("adoption_rate", new("Уровень внедрения CRM", "Adoption rate"),
            new("Доля пользователей с доступом за период, которые работали в CRM хотя бы раз.",
                "Share of the users with access at some time of the period who were active at least once."),
            KpiUnit.Percent, Better.Up, Active / Assigned, Sample.Share),
        // Days on which access ends are in neither part, so that the share cannot exceed 100 %.
        Area.Declare("daily_active_share", new("Доля ежедневно активных", "Daily active share"),
            new("Доля рабочих дней пользователей с доступом, в которые они работали в CRM.",
                "Share of the working days of users with access on which they were active."),
            KpiUnit.Percent, Better.Up, WorkingDaysActive / new WorkingExposure(UsersAssigned)),
        Area.Declare("engagement", new("Вовлечённость", "Engagement"),
            new("Действий в неделю на активного пользователя; вход в CRM не действие.",
                "Actions a week per active user; a login is no action."),
            KpiUnit.PerWeek, Better.Up, Count(Actions) / (Active * (new PeriodDays() / Of(7)))) with
        {
            Norm = new(10, 20),
        },
        Area.Declare("logins", new("Входы в CRM", "Logins"),
            new("Входы в CRM за период.", "Logins in the period."),
            KpiUnit.Count, Better.Up, Count(Logins)),
        Area.Declare("crm_bypass_share", new("Доля сделок мимо CRM", "CRM bypass share"),
            new("Доля выигранных сделок, по которым до выигрыша записано меньше действий и звонков, чем в настройке.",
                "Share of the deals won with fewer activities and calls logged up to the win than the setting asks for."),
            KpiUnit.Percent, Better.Down, Count(DealsWonBypassed) / Count(DealsWon), Sample.Share),
    ];

    private static IEnumerable<Kpi> Work() =>
    [
        Area.Declare("administrative_time_share", new("Доля административного времени", "Administrative time share"),
            new("Доля административной работы в учтённом времени.", "Share of administrative work in the time logged."),
            KpiUnit.Percent, Better.Down,
            Sum(TimeLogged, Dimensions.Category, "administrative") / Sum(TimeLogged)),
        Area.Declare("employee_satisfaction", new("Удовлетворённость сотрудников", "Employee satisfaction"),
            new("Средняя оценка сотрудников, приведённая к шкале 5.", "Mean score given by employees, scaled to 5."),
            KpiUnit.Score, Better.Up, Mean(SurveyEmployee), Sample.MeanOf(SurveyEmployee)),
        Area.Declare("suggestions", new("Предложения сотрудников", "Suggestions"),
            new("Предложения, поданные за период.", "Suggestions made in the period."),
            KpiUnit.Count, Better.Up, Count(Suggestions)),
        Area.Declare("task_discipline", new("Исполнение задач в срок", "Task discipline"),
            new("Доля задач со сроком в периоде, выполненных в срок.",
                "Share of the tasks due in the period that were completed in time."),
            KpiUnit.Percent, Better.Up, Count(TasksOnTime) / Count(TasksDue), Sample.Share),
    ];
}
