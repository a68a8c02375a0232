# The same figures in a Kubernetes of one node (src/test/scripts/cluster), which is ended again if it was not up before.
# The server is the one of the other figures: it listens on the bridge of the pods too. Sourced by run.
# shellcheck shell=bash

# shellcheck disable=SC2154 # top, folder, run, secret, restic, postgres_bin and server_port are run's
readonly cluster_script=$top/src/test/scripts/cluster bench_namespace=salvor-bench
cluster_is_ours=no helm='' cluster_keys='' cluster_s3=''

begin_cluster() {
  local line
  "$top/src/test/scripts/test-tools" ensure helm
  "$cluster_script" build || fail "the images do not build"
  if ! "$cluster_script" env >/dev/null 2>&1; then
    "$cluster_script" up || fail "there is no cluster"
    cluster_is_ours=yes
  fi
  "$cluster_script" load salvor:test
  while read -r line; do export "${line?}"; done < <("$cluster_script" env)
  cluster_s3=$SALVOR_E2E_S3_ENDPOINT/$SALVOR_E2E_S3_BUCKET
  cluster_keys=$(<"$SALVOR_E2E_S3_KEYS")
  listen=${SALVOR_E2E_S3_ENDPOINT#*//}
  listen=${listen%:*}
  server_port=$(free_port)
  helm=$("$top/src/test/scripts/test-tools" path helm)/helm
}

end_cluster() {
  [[ -n $cluster_keys ]] || return 0
  if [[ $cluster_is_ours == yes ]]; then
    "$cluster_script" down
  else
    kubectl delete namespace "$bench_namespace" --ignore-not-found >/dev/null
    kubectl delete pv -l "bench=$bench_namespace" >/dev/null
  fi
}

kubectl() { "$("$top/src/test/scripts/test-tools" path k8s)/kubectl" -n "$bench_namespace" "$@"; }

cluster_has_store=no
with_cluster_store() {
  [[ $cluster_has_store == no ]] || return 0
  cluster_has_store=yes
  HELM_CACHE_HOME=$folder/helm HELM_CONFIG_HOME=$folder/helm HELM_DATA_HOME=$folder/helm "$helm" upgrade --install salvor "$top/helm/salvor" \
    --namespace salvor-e2e --create-namespace --set image.repository=salvor,image.tag=test,image.pullPolicy=IfNotPresent --wait >"$folder/helm.log" ||
    fail "the chart cannot be installed; see $folder/helm.log"
  kubectl create namespace "$bench_namespace" >/dev/null
  # By files: nothing secret stands in arguments.
  printf '%s' "$secret" >"$folder/password"
  kubectl create secret generic key --from-file=password="$folder/password" >/dev/null
  kubectl create secret generic s3 --from-env-file="$SALVOR_E2E_S3_KEYS" >/dev/null
  kubectl apply -f - >/dev/null <<YAML
apiVersion: salvor.dev/v1alpha1
kind: BackupStore
metadata: {name: s3}
spec:
  s3:
    endpoint: $SALVOR_E2E_S3_ENDPOINT
    region: $SALVOR_E2E_S3_REGION
    bucket: $SALVOR_E2E_S3_BUCKET
    prefix: bench-$$
    credentials: {secretRef: {name: s3}}
  encryption: {passwordSecretRef: {name: key, key: password}}
  initialize: IfEmpty
YAML
  kubectl wait --for=condition=Ready bstore/s3 --timeout=3m >/dev/null || fail "the store does not become ready"
}

with_cluster() {
  with_database
  with_cluster_store
}

cluster_policy() { # NAME SOURCE
  kubectl apply -f - >/dev/null <<YAML
apiVersion: salvor.dev/v1alpha1
kind: BackupPolicy
metadata: {name: $1}
spec:
  source: $2
  storeRef: {name: s3}
  verification: {facts: Counts}
YAML
}

of_database() { # NAME
  printf '{postgres: {connection: {host: %s, port: %s, user: bench}, databases: {names: [%s]}}}' "$listen" "$server_port" "$1"
}

# A kubelet looks at its pods once a second: what ends with one look would begin each turn at the same moment.
sometime() { sleep "0.$((RANDOM % 10))"; }

cluster_backup() { # POLICY REQUEST
  kubectl create -f - >/dev/null <<YAML
apiVersion: salvor.dev/v1alpha1
kind: BackupRequest
metadata: {name: $2}
spec: {policyRef: {name: $1}}
YAML
  kubectl wait --for=condition=Ready "breq/$2" --timeout=10m >/dev/null || fail "BackupRequest $2 does not succeed"
}

side_cluster_backup() { # TURN
  local name=turn-$1
  cluster_policy "$name" "$(of_database tiny)"
  cluster_backup "$name" "$name-tiny" # makes the repository, which a policy does once in its life
  cluster_policy "$name" "$(of_database bench)"
  sometime
  timed cluster_backup "$name" "$name-bench"
}

side_bare_cluster_backup() { # TURN
  new_run
  local prefix=$cluster_s3/bare-$$-$1
  cluster_restic "$prefix" init
  cluster_restic_dump "$prefix" tiny
  timed cluster_restic_dump "$prefix" bench
}

cluster_restic() { # PREFIX ARGUMENT...
  local prefix=$1 key
  shift
  (
    while read -r key; do export "${key?}"; done <<<"$cluster_keys"
    RESTIC_REPOSITORY=s3:$prefix RESTIC_PASSWORD=$secret RESTIC_CACHE_DIR=$run/cache PGHOST=$folder/postgres/socket \
      PGPORT=$server_port PGUSER=bench "$restic" -o "s3.region=$SALVOR_E2E_S3_REGION" -q "$@" >"$run/log" 2>&1
  ) || fail "restic failed; see $run/log"
}

cluster_restic_dump() { # PREFIX DATABASE
  cluster_restic "$1" backup --stdin-filename="/pg/$2.dump" --stdin-from-command -- \
    "$postgres_bin/pg_dump" -Fc --compress=0 -d "$2"
}
