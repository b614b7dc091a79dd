{{- define "crm-kpi.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* Short enough for what is put behind it. */ -}}
{{- define "crm-kpi.fullname" -}}
{{- $name := include "crm-kpi.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $full | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* The pods of a release: { root, component (none = all of them) } */ -}}
{{- define "crm-kpi.selector" -}}
app.kubernetes.io/name: {{ include "crm-kpi.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "crm-kpi.labels" -}}
{{ include "crm-kpi.selector" . }}
app.kubernetes.io/part-of: crm-kpi
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* { root, component } → the metadata of what belongs to a component and is named after it */ -}}
{{- define "crm-kpi.metadata" -}}
name: {{ include "crm-kpi.fullname" .root }}{{ with .component }}-{{ . }}{{ end }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "crm-kpi.labels" . | nindent 2 }}
{{- end }}

{{- define "crm-kpi.image" -}}
{{- if eq .root.Values.image.tag "latest" }}{{ fail "image.tag: 'latest' names no version" }}{{ end -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end -}}
crm-kpi-{{ .component }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "crm-kpi.serviceAccount" -}}
{{- $account := .Values.serviceAccount }}
{{- ternary ($account.name | default (include "crm-kpi.fullname" .)) ($account.name | default "default") $account.create }}
{{- end }}

{{- /* What runs at least, whoever scales it. */ -}}
{{- define "crm-kpi.replicasMin" -}}
{{- $scaled := .autoscaling | default .keda }}
{{- ternary $scaled.minReplicas .replicas $scaled.enabled }}
{{- end }}

{{- define "crm-kpi.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}

{{- /* The connection string of a role, by reference; empty without a secret: { of (a database), role, name } */ -}}
{{- define "crm-kpi.connectionEnv" -}}
{{- $role := get (.of.roles | default dict) .role | default dict }}
{{- $source := ternary .of $role (empty $role.existingSecret) }}
{{- with $source.existingSecret }}
{{- include "crm-kpi.secretEnv" (dict "name" $.name "secret" . "key" ($source.key | default "connectionString")) }}
{{- end }}
{{- end }}

{{- /* Connection strings of a role: { root, role } */ -}}
{{- define "crm-kpi.databaseEnv" -}}
{{- $database := .root.Values.database }}
{{- $name := "Postgres__ConnectionString" }}
{{- $connection := include "crm-kpi.connectionEnv" (dict "of" $database "role" .role "name" $name) }}
{{- if $connection }}
{{ $connection }}
{{- else if $database.cnpg.cluster }}
{{- $secret := printf "%s-app" $database.cnpg.cluster }}
{{- range $variable, $key := dict "PGHOST" "host" "PGPORT" "port" "PGDATABASE" "dbname" "PGUSER" "user" "PGPASSWORD" "password" }}
{{ include "crm-kpi.secretEnv" (dict "name" $variable "secret" $secret "key" $key) }}
{{- end }}
- name: {{ $name }}
  value: Host=$(PGHOST);Port=$(PGPORT);Database=$(PGDATABASE);Username=$(PGUSER);Password='$(PGPASSWORD)'
{{- else }}
{{- printf "no database for %s: set database.existingSecret, database.roles.%s.existingSecret or database.cnpg.cluster" .role .role | fail }}
{{- end }}
{{- include "crm-kpi.furtherDatabasesEnv" . }}
{{- end }}

{{- /* What services would refuse at their start is refused here: { root, role } */ -}}
{{- define "crm-kpi.furtherDatabasesEnv" -}}
{{- $values := .root.Values }}
{{- $names := list "main" }}
{{- range $i, $further := $values.databases }}
{{- if eq $further.name "main" }}{{ fail "databases: main is what database is called; call a further one otherwise" }}{{ end }}
{{- if has $further.name $names }}{{ printf "databases: %s stands twice" $further.name | fail }}{{ end }}
{{- $names = append $names $further.name }}
{{- $variable := printf "Postgres__Databases__%d" $i }}
{{- $connection := include "crm-kpi.connectionEnv" (dict
  "of" $further "role" $.role "name" (printf "%s__ConnectionString" $variable)) }}
{{- if not $connection }}
{{- printf "databases: %s has no secret for %s: set its existingSecret or its roles.%s.existingSecret" $further.name $.role $.role | fail }}
{{- end }}
- name: {{ $variable }}__Name
  value: {{ $further.name | quote }}
{{ $connection }}
{{- end }}
{{- if not (has $values.newTenantsIn $names) }}
{{- printf "newTenantsIn: %s is no database; known: %s" $values.newTenantsIn (join ", " $names) | fail }}
{{- end }}
{{- if $values.databases }}
- name: Postgres__NewTenantsIn
  value: {{ $values.newTenantsIn | quote }}
{{- end }}
{{- end }}

{{- /*
OTLP by its standard variables; off without an endpoint. Services name themselves, as dashboards and alerts know them.
{ root, component }
*/ -}}
{{- define "crm-kpi.telemetryEnv" -}}
{{- with .root.Values.otlp }}
{{- if .endpoint }}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: {{ .protocol }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: service.instance.id=$(POD_NAME),k8s.pod.name=$(POD_NAME),k8s.namespace.name={{ $.root.Release.Namespace }}
    {{- range $key, $value := .attributes }},{{ $key }}={{ $value }}{{ end }}
{{- if .headers.existingSecret }}
{{ include "crm-kpi.secretEnv" (dict
  "name" "OTEL_EXPORTER_OTLP_HEADERS" "secret" .headers.existingSecret "key" .headers.key) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "crm-kpi.configEnv" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
