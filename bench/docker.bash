# A volume of a Docker of its own, kept by a host that runs all the time, as a person asks for it. Sourced by run.
# shellcheck shell=bash

docker_tools='' docker_volumes=
with_docker() {
  local attempt
  [[ -z $docker_volumes ]] || return 0
  ((EUID == 0)) || fail "this needs root: it starts a Docker of its own"
  "$top/src/test/scripts/test-tools" ensure cluster-tools
  docker_tools=$("$top/src/test/scripts/test-tools" path cluster-tools)/root
  mkdir -p "$folder/docker"
  docker_of dockerd --data-root "$folder/docker/data" --exec-root "$folder/docker/exec" --pidfile "$folder/docker/pid" \
    --host "unix://$folder/docker/socket" --bridge=none --iptables=false --ip6tables=false >"$folder/docker.log" 2>&1 &
  terminated+=($!)
  for ((attempt = 0; attempt < 300; attempt++)); do
    ! docker_says version >/dev/null 2>&1 || break
    sleep 0.1
  done
  export DOCKER_HOST=unix://$folder/docker/socket
  docker_volumes=$folder/docker/data/volumes
}

docker_of() { # COMMAND...: becomes it, in a subshell
  local tools=$docker_tools
  exec env DOCKER_HOST="unix://$folder/docker/socket" PATH="$tools/usr/sbin:$tools/usr/bin:$tools/sbin:$PATH" \
    LD_LIBRARY_PATH="$tools/usr/lib/x86_64-linux-gnu:$tools/lib/x86_64-linux-gnu:$tools/usr/lib/aarch64-linux-gnu:$tools/lib/aarch64-linux-gnu" "$@"
}

docker_says() {
  (docker_of docker "$@")
}

docker_volume() { # NAME
  docker_says volume create "$1" >/dev/null || fail "Docker makes no volume; see $folder/docker.log"
}

# --- a host, and the volume --------------------------------------------------------------------------------------------

readonly docker_data_name=bench_data
docker_place='' docker_data='' docker_tree=''
with_docker_files() {
  [[ -z $docker_place ]] || return 0
  with_files
  with_docker
  docker_volume "$docker_data_name"
  docker_data=$docker_volumes/$docker_data_name/_data
  printf 'small' >"$docker_data/small"
  # Below the folder that dockerd mounts onto itself: from without nothing can be renamed into a volume.
  docker_tree=$folder/docker/data/bench-tree
  mv "$folder/tree" "$docker_tree"
  docker_place=$folder/docker-host
  mkdir -p "$docker_place/manifests"
  cat >"$docker_place/manifests/store.yaml" <<YAML
apiVersion: salvor.dev/v1alpha1
kind: BackupStore
metadata: {name: offsite, namespace: shop}
spec:
  s3: {bucket: bench, prefix: docker, endpoint: "$endpoint", region: us-east-1, credentials: {secretRef: {name: offsite}}}
  encryption: {passwordSecretRef: {name: offsite, key: password}}
  initialize: IfEmpty
YAML
  (umask 077 && printf '%s\n' 'apiVersion: v1' 'kind: Secret' 'metadata: {name: offsite, namespace: shop}' \
    "stringData: {password: $secret, AWS_ACCESS_KEY_ID: bench, AWS_SECRET_ACCESS_KEY: $secret}" >"$docker_place/manifests/secret.yaml")
  program_process "$docker_place/log" local --manifests "$docker_place/manifests" --state "$docker_place/state"
}

# A policy of its own for each turn, so that each has a repository of its own.
docker_policy() { # NAME CONSUMERS
  local attempt
  cat >"$docker_place/$1" <<YAML
apiVersion: salvor.dev/v1alpha1
kind: BackupPolicy
metadata: {name: $1, namespace: shop}
spec:
  source: {dockerVolume: {names: [$docker_data_name]$2}}
  storeRef: {name: offsite}
YAML
  mv "$docker_place/$1" "$docker_place/manifests/$1.yaml"
  for ((attempt = 0; attempt < 300; attempt++)); do
    [[ ! -s $docker_place/state/resources/BackupPolicy/shop/$1.json ]] || return 0
    sleep 0.1
  done
  fail "the host takes no policy; see $docker_place/log"
}

docker_backup() { # POLICY
  program backup "$1" -n shop --wait --state "$docker_place/state" >"$docker_place/backup.log" 2>&1 ||
    fail "the backup failed; see $docker_place/backup.log"
}

# A volume that has grown: its first backup made the repository.
fill_docker_volume() {
  [[ -d $docker_data/tree ]] || mv "$docker_tree" "$docker_data/tree"
}

empty_docker_volume() {
  mv "$docker_data/tree" "$docker_tree"
}

small_docker_backup() { # PREFIX CONSUMERS
  docker_turn=$1-${run##*.}
  docker_turn=${docker_turn,,}
  docker_policy "$docker_turn" "$2"
  docker_backup "$docker_turn"
}

side_docker_files() { # TURN
  new_run
  small_docker_backup live ''
  fill_docker_volume
  timed docker_backup "$docker_turn"
  empty_docker_volume
  forget_store "docker/shop/$docker_turn"
}

side_bare_docker_files() { # TURN
  new_run
  local prefix=bare-${run##*.}
  bare_restic "$prefix" init >"$run/log" 2>&1 || fail "restic init failed; see $run/log"
  bare_files "$prefix" "$docker_data"
  fill_docker_volume
  timed bare_files "$prefix" "$docker_data"
  empty_docker_volume
  forget_store "$prefix"
}

docker_stored=
with_stored_docker_files() {
  with_docker_files
  if [[ -n $docker_stored ]]; then
    fill_docker_volume
    return
  fi
  new_run
  bare_cache=$run/cache
  small_docker_backup again ''
  docker_stored=$docker_turn
  fill_docker_volume
  docker_backup "$docker_stored"
  bare_restic bare-docker init >"$run/log" 2>&1 || fail "restic init failed; see $run/log"
  bare_files bare-docker "$docker_data"
}

side_docker_files_again() { # TURN
  timed docker_backup "$docker_stored"
}

side_bare_docker_files_again() { # TURN
  new_run
  rmdir "$run/cache"
  ln -s "$bare_cache" "$run/cache"
  timed bare_files bare-docker "$docker_data"
}

# --- a stack that is stopped for it ------------------------------------------------------------------------------------

stack=(bench-db bench-web)
with_stack() {
  local name
  [[ ! -d $folder/box ]] || return 0
  mkdir -p "$folder/box/bin"
  cp "$docker_tools/bin/busybox" "$folder/box/bin/"
  tar --create --directory="$folder/box" . | docker_says import - box >/dev/null || fail "Docker takes no image; see $folder/docker.log"
  for name in "${stack[@]}"; do
    # As Compose labels them. Both end at once: how long a server takes to shut down is its own.
    docker_says run --detach --name="$name" --network=none --stop-signal=SIGKILL --volume="$docker_data_name:/data" \
      --label=com.docker.compose.project=bench --label="com.docker.compose.service=${name#bench-}" \
      --label="com.docker.compose.depends_on=$([[ $name != bench-web ]] || printf 'db:service_started:false')" \
      box /bin/busybox sleep 86400 >/dev/null || fail "Docker runs no container; see $folder/docker.log"
  done
}

# Sets took: from the end of the first to the start of the last.
timed_stop() { # POLICY
  local down up before
  before=$(down_and_up)
  docker_backup "$1"
  read -r down up < <(down_and_up)
  [[ "$down $up" != "$before" ]] || fail "nothing was stopped; see $docker_place/log"
  took=$((up - down)) cpu=0
}

down_and_up() { # in microseconds
  docker_says inspect --format '{{.State.FinishedAt}} {{.State.StartedAt}}' "${stack[@]}" |
    while read -r finished started; do
      printf '%s %s\n' "$(date -d "$finished" +%s%6N)" "$(date -d "$started" +%s%6N)"
    done | awk '{ if (!down || $1 < down) down = $1; if ($2 > up) up = $2 } END { printf "%.0f %.0f\n", down, up }'
}

side_docker_stopped() { # TURN
  new_run
  small_docker_backup stopped "$stopped"
  fill_docker_volume
  timed_stop "$docker_turn"
  empty_docker_volume
  forget_store "docker/shop/$docker_turn"
}

stopped=', consumers: {mode: Stop}'
docker_stopped=
side_docker_stopped_again() { # TURN
  if [[ -z $docker_stopped ]]; then
    new_run
    small_docker_backup stopped-again "$stopped"
    docker_stopped=$docker_turn
    docker_backup "$docker_stopped"
  fi
  timed_stop "$docker_stopped"
}
