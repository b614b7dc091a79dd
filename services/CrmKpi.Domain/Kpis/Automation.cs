using static CrmKpi.Domain.Cube.Measures;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Kpis;

/// <summary>The KPIs of how much works by itself.</summary>
internal static class Automation
{
    private const KpiArea Area = KpiArea.Automation;

    public static IReadOnlyList<Kpi> All { get; } =
    [
        Area.Declare("automation_level", new("Уровень автоматизации", "Automation level"),
            new("Доля автоматических среди исполнений процессов за период.",
                "Share of automated ones among the executions of processes in the period."),
            KpiUnit.Percent, Better.Up, Count(ExecutionsAutomated) / Count(Executions), Sample.Share),
        Area.Declare("automated_process_share", new("Доля автоматизированных процессов", "Automated process share"),
            new("Доля автоматизированных среди процессов, действующих на конец периода.",
                "Share of automated ones among the processes defined at the end of the period."),
            KpiUnit.Percent, Better.Up, At(Edge.End, ProcessesAutomated) / At(Edge.End, ProcessesDefined), Sample.Share),
        Area.Declare("automated_processes", new("Автоматизированные процессы", "Automated processes"),
            new("Процессы, автоматизированные на конец периода.", "Processes that are automated at the end of the period."),
            KpiUnit.Count, Better.Up, At(Edge.End, ProcessesAutomated)),
    ];
}
