# A volume with many small files, in the same cluster. Sourced by run.
# shellcheck shell=bash

# shellcheck disable=SC2154 # folder, run, cluster_s3 are run's and cluster.bash's
with_cluster_files() {
  with_files
  with_cluster_store
  kubectl get pvc tree >/dev/null 2>&1 || {
    cluster_volume small "$folder/small"
    cluster_volume tree "$folder/tree"
    cluster_claim small
    cluster_claim tree
  }
}

cluster_volume() { # CLAIM FOLDER
  kubectl apply -f - >/dev/null <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: $bench_namespace-$1, labels: {bench: $bench_namespace}}
spec:
  capacity: {storage: 2Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: ''
  claimRef: {namespace: $bench_namespace, name: $1}
  local: {path: $2}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions: [{key: kubernetes.io/hostname, operator: Exists}]
YAML
}

cluster_claim() { # NAME
  kubectl apply -f - >/dev/null <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $1}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}, storageClassName: ''}
YAML
}

of_claim() { # NAME
  printf '{volume: {claims: {names: [%s]}}}' "$1"
}

side_cluster_files() { # TURN
  local name=files-$1
  cluster_policy "$name" "$(of_claim small)"
  cluster_backup "$name" "$name-small" # makes the repository
  cluster_policy "$name" "$(of_claim tree)"
  sometime
  timed cluster_backup "$name" "$name-tree"
}

cluster_bare_files() { # PREFIX FOLDER
  (cd "$folder" && cluster_restic "$1" backup --one-file-system "${2##*/}")
}

side_bare_cluster_files() { # TURN
  new_run
  local prefix=$cluster_s3/bare-files-$$-$1
  cluster_restic "$prefix" init
  cluster_bare_files "$prefix" "$folder/small"
  timed cluster_bare_files "$prefix" "$folder/tree"
}

# --- what needs a point ------------------------------------------------------------------------------------------------

cluster_stored_files=no cluster_bare_cache=''
with_cluster_stored_files() {
  with_cluster_files
  [[ $cluster_stored_files == no ]] || return 0
  cluster_stored_files=yes
  cluster_policy again "$(of_claim tree)"
  cluster_backup again again-first
  new_run
  cluster_bare_cache=$run/cache
  cluster_restic "$cluster_s3/bare-again-$$" init
  cluster_bare_files "$cluster_s3/bare-again-$$" "$folder/tree"
}

side_cluster_files_again() { # TURN
  sometime
  timed cluster_backup again "again-$1"
}

side_bare_cluster_files_again() { # TURN
  new_run
  rmdir "$run/cache"
  ln -s "$cluster_bare_cache" "$run/cache"
  timed cluster_bare_files "$cluster_s3/bare-again-$$" "$folder/tree"
}

side_cluster_restore_files() { # TURN
  new_run
  mkdir "$run/restored"
  cluster_volume "restored-$1" "$run/restored"
  sometime
  timed cluster_restore_files "restored-$1"
  rm -rf "$run/restored"
}

cluster_restore_files() { # CLAIM
  kubectl create -f - >/dev/null <<YAML
apiVersion: salvor.dev/v1alpha1
kind: RestoreRequest
metadata: {name: $1}
spec:
  source: {policyRef: {name: again}, latest: {}}
  target: {volume: {claim: $1, create: {}}}
YAML
  kubectl wait --for=condition=Ready "rreq/$1" --timeout=10m >/dev/null || fail "RestoreRequest $1 does not succeed"
}

cluster_bare_restore_files() {
  cluster_restic "$cluster_s3/bare-again-$$" restore latest --target "$run/restored"
}

side_bare_cluster_restore_files() { # TURN
  new_run
  timed cluster_bare_restore_files
  rm -rf "$run/restored"
}
