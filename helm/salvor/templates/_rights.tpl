{{/* What the operator may do in each namespace that it follows. */}}
{{- define "salvor.namespacedRules" -}}
- apiGroups: [salvor.dev]
  resources: [backupstores, backuppolicies, backuprequests, restorerequests]
  verbs: [get, list, watch]
- apiGroups: [salvor.dev]
  resources: [backupstores/status, backuppolicies/status, backuprequests/status, restorerequests/status]
  verbs: [get, patch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create, get, list, watch, patch, delete]
# patch: the label salvor.dev/sealed, once the data of a verification is fetched; what hooks began (salvor.dev/in-hook).
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
# Whose server an address belongs to; where the server of a Helm release of Supabase is.
- apiGroups: [""]
  resources: [services]
  verbs: [get, list]
# Where the server of a Project is, whose own operator knows it; the parts of either are told by pods.
- apiGroups: [core.supabase.io]
  resources: [projects, singledatabases]
  verbs: [get]
# Which claims a Job mounts; create: the claim that a RestoreRequest asks to be made.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [create, get, list]
# Copies of claims that a backup reads (mode: Snapshot or Auto); the cluster removes them with their Job.
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshots]
  verbs: [create, get]
{{- if .Values.scaleToZero.enabled }}
# Applications are scaled to zero while their claims are read or restored to, and back: what was stands on each of them.
- apiGroups: [apps]
  resources: [statefulsets, deployments]
  verbs: [get, list, patch]
{{- end }}
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [create, get, patch]
# Why the pod of a Job could not be created or started.
- apiGroups: [""]
  resources: [events]
  verbs: [list]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* What belongs to no namespace. */}}
{{- define "salvor.clusterRules" -}}
- apiGroups: [""]
  resources: [nodes, persistentvolumes]
  verbs: [get, list]
# Whether copies of claims can be made of snapshots, and would go again.
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshotclasses]
  verbs: [list]
- apiGroups: [storage.k8s.io]
  resources: [storageclasses]
  verbs: [get]
{{- if not .Values.clusterId }}
# Its uid is the identity of the cluster, by which repositories know their owner.
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
{{- end }}
{{- end -}}
