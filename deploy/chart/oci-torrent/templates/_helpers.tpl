{{/* The names of what is installed are fixed: controller and agents know one another by them, and a cluster has one of each. */}}
{{- define "oci-torrent.labels" -}}
app.kubernetes.io/name: oci-torrent
app.kubernetes.io/part-of: oci-torrent
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "oci-torrent.selector" -}}
app.kubernetes.io/name: oci-torrent
app.kubernetes.io/component: {{ . }}
{{- end }}

{{/* Labels of a workload's object and pods: the root and the component. */}}
{{- define "oci-torrent.componentLabels" -}}
{{ include "oci-torrent.labels" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "oci-torrent.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository is empty: push dist/image (made by `npm run image`) to a registry that the nodes can pull from, and name it with --set image.repository=REGISTRY/oci-torrent" $image.repository -}}
{{- if $image.digest -}}
{{ $repository }}@{{ $image.digest }}
{{- else -}}
{{ $repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* What every container of ours is kept from. */}}
{{- define "oci-torrent.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "oci-torrent.nonRoot" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
{{ include "oci-torrent.containerSecurity" . }}
{{- end }}

{{/* How a program of the image is started: with the young generation that its launcher gives it. */}}
{{- define "oci-torrent.command" -}}
["/usr/bin/node", "--max-semi-space-size={{ ternary 8 1 (eq . "oci-torrent-controller") }}", "/opt/oci-torrent/{{ . }}.mjs"]
{{- end }}

{{- define "oci-torrent.isK3s" -}}
{{- if regexMatch "\\+(k3s|rke2r)[0-9]" .Capabilities.KubeVersion.Version }}true{{ end }}
{{- end }}

{{- define "oci-torrent.runtimeSocket" -}}
{{- if ne .Values.runtime.socket "auto" -}}
{{ .Values.runtime.socket }}
{{- else if include "oci-torrent.isK3s" . -}}
/run/k3s/containerd/containerd.sock
{{- else -}}
/run/containerd/containerd.sock
{{- end -}}
{{- end }}

{{/* Empty where it cannot be written. */}}
{{- define "oci-torrent.hostsDir" -}}
{{- $distribution := regexFind "(k3s|rke2)" .Capabilities.KubeVersion.Version -}}
{{- if eq .Values.runtime.hostsDir "none" -}}
{{- else if ne .Values.runtime.hostsDir "auto" -}}
{{ .Values.runtime.hostsDir }}
{{- else if include "oci-torrent.isK3s" . -}}
/var/lib/rancher/{{ $distribution }}/agent/etc/containerd/certs.d
{{- else -}}
/etc/containerd/certs.d
{{- end -}}
{{- end }}

{{/* What a pod's token for the API server comes as; whoever has no such volume has no token. */}}
{{- define "oci-torrent.apiTokenVolume" -}}
name: api-token
projected:
  sources:
    - serviceAccountToken: { path: token, expirationSeconds: 3600 }
    - configMap:
        name: kube-root-ca.crt
        items: [{ key: ca.crt, path: ca.crt }]
    - downwardAPI:
        items:
          - path: namespace
            fieldRef: { fieldPath: metadata.namespace }
{{- end }}

{{- define "oci-torrent.hasRegistries" -}}
{{- if or .Values.registries.endpoints .Values.registries.ca }}true{{ end }}
{{- end }}

{{/* A change of it starts the pods anew: configuration is read once. */}}
{{- define "oci-torrent.registriesChecksum" -}}
{{ toJson .Values.registries | sha256sum }}
{{- end }}

{{/* Of what is made after the release is gone, in the order of the number, and does not stay. */}}
{{- define "oci-torrent.cleanupHook" -}}
helm.sh/hook: post-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end }}

{{/* A number as people write it: helm has 50000000 of a file as 5e+07. */}}
{{- define "oci-torrent.plain" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ int64 . }}{{ end -}}
{{- end }}
