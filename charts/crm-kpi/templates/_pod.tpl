{{- /*
What every pod has: the restricted Pod Security Standard, no token of the API, a root file system that nobody writes to.
{ root, component, image, resources, env, and for a service: grpc, graceSeconds }
*/ -}}
{{- define "crm-kpi.pod" -}}
{{- $pod := .root.Values.pod -}}
metadata:
  labels:
    {{- include "crm-kpi.selector" . | nindent 4 }}
    app.kubernetes.io/part-of: crm-kpi
    {{- with $pod.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $pod.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if .isService }}
  serviceAccountName: {{ include "crm-kpi.serviceAccount" .root }}
  terminationGracePeriodSeconds: {{ .graceSeconds }}
  {{- else }}
  restartPolicy: Never
  {{- end }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with $pod.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $pod.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $pod.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .isService }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: {{ $pod.spread }}
      # Of its own service, and of its own version while another one is rolled out.
      matchLabelKeys: [app.kubernetes.io/component, pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "crm-kpi.selector" (dict "root" $.root) | nindent 10 }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1654
    runAsGroup: 1654
    fsGroup: 1654
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: service
      image: {{ .image }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      {{- with .command }}
      command:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      env:
        {{- .env | trim | nindent 8 }}
      {{- if .isService }}
      ports:
        - name: http
          containerPort: 8080
        {{- if .grpc }}
        - name: grpc
          containerPort: 8081
        {{- end }}
        - name: management
          containerPort: 9090
      startupProbe:
        httpGet:
          path: /health/startup
          port: management
        periodSeconds: 2
        # The start waits for the database and for whoever migrates it; what waiting cannot mend ends the process.
        failureThreshold: {{ div .root.Values.migration.secondsMax 2 }}
      livenessProbe:
        httpGet:
          path: /health/live
          port: management
        periodSeconds: 10
        timeoutSeconds: 5
      readinessProbe:
        httpGet:
          path: /health/ready
          port: management
        periodSeconds: 5
        timeoutSeconds: 3
      {{- end }}
      resources:
        {{- toYaml .resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 256Mi
{{- end }}
