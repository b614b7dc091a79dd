namespace CrmKpi.Deploy.Tests.Chart;

public sealed class WrongValuesTests
{
    [ToolsTheory]
    [InlineData("imagee: {}", "at '': additional properties 'imagee' not allowed")]
    [InlineData("image: { tags: a }", "at '/image': additional properties 'tags' not allowed")]
    [InlineData("image: { tag: 1.2 }", "at '/image/tag': got number, want string")]
    [InlineData("image: { tag: 'a b' }", "at '/image/tag': 'a b' does not match pattern")]
    [InlineData("image: { registry: 'https://example.com' }",
        "at '/image/registry': 'https://example.com' does not match pattern")]
    [InlineData("image: { pullPolicy: Sometimes }",
        "at '/image/pullPolicy': value must be one of 'IfNotPresent', 'Always', 'Never'")]
    [InlineData("image: { pullSecrets: secret }", "at '/image/pullSecrets': got string, want array")]
    [InlineData("nameOverride: Upper", "at '/nameOverride': 'Upper' does not match pattern")]
    [InlineData("database: { connectionString: Host=db }",
        "at '/database': additional properties 'connectionString' not allowed")]
    [InlineData("database: { key: 'a b' }", "at '/database/key': 'a b' does not match pattern")]
    [InlineData("database: { roles: { admin: {} } }",
        "at '/database/roles': additional properties 'admin' not allowed")]
    [InlineData("database: { roles: { query: { password: x } } }",
        "at '/database/roles/query': additional properties 'password' not allowed")]
    [InlineData("database: { cnpg: { create: true } }", "at '/database/cnpg/cluster': minLength: got 0, want 1")]
    [InlineData("database: { cnpg: { instances: 0 } }", "at '/database/cnpg/instances': minimum: got 0, want 1")]
    [InlineData("database: { cnpg: { storage: { size: much } } }",
        "at '/database/cnpg/storage/size': 'much' does not match pattern")]
    [InlineData("database: { cnpg: { parameters: { max_connections: 5 } } }",
        "at '/database/cnpg/parameters/max_connections': got number, want string")]
    [InlineData("databases: [{ existingSecret: s }]", "at '/databases/0': missing property 'name'")]
    [InlineData("databases: [{ name: a_b, existingSecret: s }]",
        "at '/databases/0/name': 'a_b' does not match pattern")]
    [InlineData("databases: [{ name: a1234567890123456789012345678901, existingSecret: s }]",
        "at '/databases/0/name': 'a1234567890123456789012345678901' does not match pattern")]
    [InlineData("databases: [{ name: a, connectionString: Host=db }]",
        "at '/databases/0': additional properties 'connectionString' not allowed")]
    [InlineData("databases: [{ name: a, existingSecret: s, cnpg: {} }]",
        "at '/databases/0': additional properties 'cnpg' not allowed")]
    [InlineData("databases: [{ name: a, existingSecret: '' }]",
        "at '/databases/0/existingSecret': '' does not match pattern")]
    [InlineData("databases: [{ name: a, existingSecret: s, key: 'a b' }]",
        "at '/databases/0/key': 'a b' does not match pattern")]
    [InlineData("databases: [{ name: a, uriKey: uri }]",
        "at '/databases/0': properties 'existingSecret' required, if 'uriKey' exists")]
    [InlineData("databases: [{ name: a, roles: { admin: { existingSecret: s } } }]",
        "at '/databases/0/roles': additional properties 'admin' not allowed")]
    [InlineData("databases: [{ name: a, roles: { query: { key: k } } }]",
        "at '/databases/0/roles/query': missing property 'existingSecret'")]
    [InlineData("databases: { a: { existingSecret: s } }", "at '/databases': got object, want array")]
    [InlineData("newTenantsIn: ''", "at '/newTenantsIn': '' does not match pattern")]
    [InlineData("migration: { enabled: 'yes' }", "at '/migration/enabled': got string, want boolean")]
    [InlineData("migration: { secondsMax: 1 }", "at '/migration/secondsMax': minimum: got 1, want 60")]
    [InlineData("server: { drainSeconds: 5 }", "at '/server/drainSeconds': minimum: got 5, want 6")]
    [InlineData("server: { shutdownSeconds: 2.5 }", "at '/server/shutdownSeconds': got number, want integer")]
    [InlineData("config: { 'A B': x }", "at '/config': additional properties 'A B' not allowed")]
    [InlineData("config: { Limits__InFlightMax: 5 }", "at '/config/Limits__InFlightMax': got number, want string")]
    [InlineData("pod: { spread: Never }", "at '/pod/spread': value must be one of 'ScheduleAnyway', 'DoNotSchedule'")]
    [InlineData("pod: { securityContext: {} }", "at '/pod': additional properties 'securityContext' not allowed")]
    [InlineData("pod: { tolerations: [{ effect: Never }] }", "at '/pod/tolerations/0/effect': value must be one of")]
    [InlineData("gateway: { replicas: 0 }", "at '/gateway/replicas': minimum: got 0, want 1")]
    [InlineData("gateway: { replicas: two }", "at '/gateway/replicas': got string, want integer")]
    [InlineData("gateway: { keda: { enabled: true } }", "at '/gateway': additional properties 'keda' not allowed")]
    [InlineData("gateway: { service: { type: External } }", "at '/gateway/service/type': value must be one of")]
    [InlineData("gateway: { resources: { limits: { cpu: lots } } }",
        "at '/gateway/resources/limits/cpu': 'lots' does not match pattern")]
    [InlineData("gateway: { resources: { limits: { cpu: null } } }",
        "at '/gateway/resources/limits': missing property 'cpu'")]
    [InlineData("query: { autoscaling: { cpuPercent: 500 } }",
        "at '/query/autoscaling/cpuPercent': maximum: got 500, want 100")]
    [InlineData("projections: { autoscaling: { enabled: true } }",
        "at '/projections': additional properties 'autoscaling' not allowed")]
    [InlineData("projections: { keda: { maxReplicas: 257 } }",
        "at '/projections/keda/maxReplicas': maximum: got 257, want 256")]
    [InlineData("networkPolicy: { clients: [{}] }", "at '/networkPolicy/clients/0': minProperties: got 0, want 1")]
    [InlineData("networkPolicy: { egress: [{ cidr: example.com, port: 443 }] }",
        "at '/networkPolicy/egress/0/cidr': 'example.com' does not match pattern")]
    [InlineData("networkPolicy: { databasePort: 0 }", "at '/networkPolicy/databasePort': minimum: got 0, want 1")]
    [InlineData("ingress: { enabled: true }", "at '/ingress/hosts': minItems: got 0, want 1")]
    [InlineData("ingress: { hosts: ['https://a'] }", "at '/ingress/hosts/0': 'https://a' does not match pattern")]
    [InlineData("gatewayApi: { http: { enabled: true, hostnames: [a.b] } }",
        "at '/gatewayApi/http/parentRefs': minItems: got 0, want 1")]
    [InlineData("gatewayApi: { grpc: { parentRefs: [{ namespace: n }] } }",
        "at '/gatewayApi/grpc/parentRefs/0': missing property 'name'")]
    [InlineData("otlp: { protocol: http }", "at '/otlp/protocol': value must be one of 'grpc', 'http/protobuf'")]
    [InlineData("otlp: { endpoint: 'collector:4317' }", "at '/otlp/endpoint': 'collector:4317' does not match pattern")]
    [InlineData("monitoring: { rules: { labels: { a: 1 } } }",
        "at '/monitoring/rules/labels/a': got number, want string")]
    [InlineData("test: { image: curl }", "at '/test/image': 'curl' does not match pattern")]
    public Task The_schema_refuses(string values, string message) => AssertRefused(values, $"- {message}");

    [ToolsFact]
    public Task The_schema_refuses_more_databases_than_services_know()
    {
        var items = Enumerable.Range(0, 65).Select(i => $"{{ name: a{i}, existingSecret: s }}");
        return AssertRefused(
            $"databases: [{string.Join(", ", items)}]", "- at '/databases': maxItems: got 65, want 64");
    }

    [ToolsTheory]
    [InlineData("database: { existingSecret: '' }", "no database for ingestion: set database.existingSecret")]
    [InlineData("databases: [{ name: a, existingSecret: s }, { name: a, existingSecret: t }]",
        "databases: a stands twice")]
    [InlineData("databases: [{ name: main, existingSecret: s }]",
        "databases: main is what database is called; call a further one otherwise")]
    [InlineData("databases: [{ name: a }]",
        "databases: a has no secret for ingestion: set its existingSecret or its roles.ingestion.existingSecret")]
    [InlineData("databases: [{ name: a, roles: { ingestion: { existingSecret: i }, projections: { existingSecret: p }, "
        + "query: { existingSecret: q } } }]",
        "databases: a has no secret for migration: set its existingSecret or its roles.migration.existingSecret")]
    [InlineData("{ databases: [{ name: a, existingSecret: s }], newTenantsIn: b }",
        "newTenantsIn: b is no database; known: main, a")]
    [InlineData("newTenantsIn: a", "newTenantsIn: a is no database; known: main")]
    [InlineData("{ database: { existingSecret: '', cnpg: { cluster: c } }, "
        + "databases: [{ name: a, existingSecret: s }] }",
        "networkPolicy.database must allow all of databases")]
    [InlineData("image: { tag: latest }", "image.tag: 'latest' names no version")]
    [InlineData("test: { existingSecret: k, image: 'curl:latest' }", "test.image: 'latest' names no version")]
    [InlineData("query: { autoscaling: { enabled: true, minReplicas: 9 } }",
        "query.autoscaling: minReplicas is above maxReplicas")]
    [InlineData("projections: { keda: { enabled: true, existingSecret: s, minReplicas: 9 } }",
        "projections.keda: minReplicas is above")]
    [InlineData("projections: { keda: { enabled: true } }",
        "projections.keda needs a connection URI of a login of crmkpi_monitor")]
    [InlineData("gatewayApi: { http: { enabled: true, parentRefs: [{ name: g }], hostnames: [a.b] }, "
        + "grpc: { enabled: true, parentRefs: [{ name: g }], hostnames: [a.b] } }",
        "a host name belongs to one kind of route")]
    public Task The_chart_refuses(string values, string message) => AssertRefused(values, message);

    private static async Task AssertRefused(string values, string message)
    {
        var minimal = Path.Combine(Repository.Chart, "ci", "minimal-values.yaml");
        var run = await Tools.Helm(values, "template", "x", Repository.Chart, "-f", minimal, "-f", "-");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(message, run.Errors);
    }
}
