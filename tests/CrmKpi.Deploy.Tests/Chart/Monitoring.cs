namespace CrmKpi.Deploy.Tests;

/// <summary>A copy of the chart with a dashboard and a file of alerts of the tests.</summary>
internal static class Monitoring
{
    /// <summary>A dashboard, with what templates of Helm must leave alone.</summary>
    public const string Dashboard = """{ "title": "Lag", "panels": [{ "legendFormat": "{{service}}" }] }""";

    /// <summary>Alerts, with a template of Prometheus.</summary>
    public const string Alerts = """
        groups:
          - name: crm-kpi
            rules:
              - alert: LanesBehind
                expr: crmkpi_lag_events > 1000
                for: 5m
                labels: { severity: page }
                annotations:
                  summary: "{{ $labels.instance }} is {{ $value }} events behind"
        """;

    /// <summary>What the copy renders.</summary>
    public static readonly Lazy<Task<Rendering>> Rendered = new(Render);

    private static async Task<Rendering> Render()
    {
        var copy = Directory.CreateTempSubdirectory("crmkpi-chart").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(Repository.Chart, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(copy, Path.GetRelativePath(Repository.Chart, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
            await Add(copy, "dashboards", "test-lag.json", Dashboard);
            await Add(copy, "alerts", "test.yaml", Alerts);
            return await Renderings.Chart(
                """
                database: { existingSecret: db }
                monitoring: { rules: { enabled: true, labels: { release: prometheus } } }
                """, copy);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static Task Add(string chart, string folder, string name, string text) => File.WriteAllTextAsync(
        Path.Combine(Directory.CreateDirectory(Path.Combine(chart, folder)).FullName, name), text);
}
