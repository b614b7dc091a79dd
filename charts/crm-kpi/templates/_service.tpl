{{- /* Services of the product: what they serve beside HTTP/1.1, and whether they have a database. */ -}}
{{- define "crm-kpi.services" -}}
gateway: { grpc: true, database: false }
ingestion: { grpc: true, database: true }
projections: { grpc: false, database: true }
query: { grpc: true, database: true }
{{- end }}

{{- /* All of one service: { root, component, values, grpc, database } */ -}}
{{- define "crm-kpi.service" -}}
{{- $server := .root.Values.server }}
{{- $metadata := include "crm-kpi.metadata" . }}
{{- $selector := include "crm-kpi.selector" . }}
{{- $scaler := .values.autoscaling | default .values.keda -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- $metadata | nindent 2 }}
spec:
  {{- if not $scaler.enabled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- $selector | nindent 6 }}
  template:
    {{- include "crm-kpi.pod" (dict
      "root" .root "component" .component "isService" true "grpc" .grpc
      "image" (include "crm-kpi.image" .) "resources" .values.resources "env" (include "crm-kpi.serviceEnv" .)
      "graceSeconds" (add $server.drainSeconds $server.shutdownSeconds 5)) | nindent 4 }}
---
apiVersion: v1
kind: Service
metadata:
  {{- $metadata | nindent 2 }}
  {{- with (.values.service).annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if eq .component "gateway" }}
  type: {{ .values.service.type }}
  {{- else }}
  # Headless: the gateway resolves the name to all pods and chooses itself.
  clusterIP: None
  {{- end }}
  selector:
    {{- $selector | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
      appProtocol: http
    {{- if .grpc }}
    - name: grpc
      port: 8081
      targetPort: grpc
      appProtocol: kubernetes.io/h2c
    {{- end }}
{{- if ge (include "crm-kpi.replicasMin" .values | int) 2 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- $metadata | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- $selector | nindent 6 }}
{{- end }}
{{- with .values.autoscaling }}
{{- if .enabled }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
{{- printf "%s.autoscaling: minReplicas is above maxReplicas" $.component | fail }}
{{- end }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- $metadata | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "crm-kpi.fullname" $.root }}-{{ $.component }}
  minReplicas: {{ .minReplicas }}
  maxReplicas: {{ .maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .cpuPercent }}
{{- end }}
{{- end }}
{{- end }}

{{- define "crm-kpi.serviceEnv" -}}
{{- $full := include "crm-kpi.fullname" .root }}
{{- $server := .root.Values.server }}
{{- if .database }}
{{- include "crm-kpi.databaseEnv" (dict "root" .root "role" .component) }}
{{- end }}
- name: ASPNETCORE_URLS
  value: http://+:8080
{{- if .grpc }}
- name: Server__Http2Urls
  value: http://+:8081
{{- end }}
- name: Server__ManagementUrl
  value: http://+:9090
- name: Server__DrainSeconds
  value: {{ $server.drainSeconds | quote }}
- name: Server__ShutdownSecondsMax
  value: {{ $server.shutdownSeconds | quote }}
{{- if eq .component "gateway" }}
{{- range list "Ingestion" "Projections" "Query" }}
- name: Gateway__{{ . }}
  value: http://{{ $full }}-{{ lower . }}:8080
{{- end }}
{{- range list "Ingestion" "Query" }}
- name: Gateway__{{ . }}Http2
  value: http://{{ $full }}-{{ lower . }}:8081
{{- end }}
{{- end }}
{{- include "crm-kpi.telemetryEnv" . }}
{{- include "crm-kpi.configEnv" (merge (dict) .values.config .root.Values.config) }}
{{- end }}
