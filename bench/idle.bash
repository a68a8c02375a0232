# The one-machine host at rest, beside 100 policies with 20 recovery points each. Sourced by run.
# shellcheck shell=bash

readonly idle_policies=100 idle_points=20 idle_settle=45 idle_watch=120 idle_memory=120

measure_idle() { # NAME SOURCES: a function that prints the source of policy $1
  local name=$1 sources=$2 place=$folder/$1 pid before used resident
  with_program
  with_engines
  mkdir -p "$place"/{manifests,store,data}
  touch "$place/data/file"
  idle_manifests "$place" "$sources"
  # Once, so that all are accepted; what was backed up until now is then written into their statuses, as a host would have.
  program local --manifests "$place/manifests" --state "$place/state" --once >"$place/once.log" 2>&1 || true
  idle_history "$place/state"
  program_process "$place/host.log" local --manifests "$place/manifests" --state "$place/state"
  pid=${terminated[-1]}
  sleep "$idle_settle"
  before=$(cpu_of "$pid")
  sleep "$idle_watch"
  kill -0 "$pid" 2>/dev/null || fail "the host ended; see $place/host.log"
  used=$(($(cpu_of "$pid") - before))
  resident=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
  ((resident)) || fail "the host has no memory; see $place/host.log"
  [[ -z $(ls "$place/state/runs") ]] || fail "the host was not idle: $(ls "$place/state/runs"); see $place/host.log"
  awk -v name="$name" -v kib="$resident" -v most="$idle_memory" -v us="$used" -v s="$idle_watch" 'BEGIN {
    printf "%s: %.0f MiB resident with 100 policies (target at most %d MiB: %s)\n", name, kib / 1024, most, kib / 1024 <= most ? "met" : "MISSED"
    share = us / s / 10000
    printf "%s: %.2f %% of one processor over %d s in which nothing is due (target at most 0.5 %%: %s)\n", name, share, s, share <= 0.5 ? "met" : "MISSED"
  }'
  kill -TERM "$pid"
  wait "$pid" || true
}

program_process() { # LOG ARGUMENT...: the program, started; its pid is the last of those that are ended at the end
  local log=$1
  shift
  "$jdk/bin/java" @"$app/host.args" -jar "$app/salvor.jar" "$@" >"$log" 2>&1 &
  terminated+=($!)
}

cpu_of() { # PID: microseconds; fields 14 and 15 of proc_pid_stat(5), in ticks of 10 ms
  local stat
  stat=$(<"/proc/$1/stat")
  read -r -a stat <<<"${stat##*) }"
  printf '%s' "$(((stat[11] + stat[12]) * 10000))"
}

# Schedules of one night in the year, so that nothing is due; verified last half a year ago, as all that counts here.
idle_manifests() { # PLACE SOURCES
  local number
  cat >"$1/manifests/store.yaml" <<YAML
apiVersion: salvor.dev/v1alpha1
kind: BackupStore
metadata: {name: offsite, namespace: shop}
spec:
  folder: {path: $1/store}
  encryption: {passwordSecretRef: {name: offsite-key, key: password}}
  initialize: IfEmpty
YAML
  (umask 077 && printf '%s\n' 'apiVersion: v1' 'kind: Secret' 'metadata: {name: offsite-key, namespace: shop}' \
    "stringData: {password: $secret}" >"$1/manifests/secret.yaml")
  for ((number = 1; number <= idle_policies; number++)); do
    cat >"$1/manifests/policy-$number.yaml" <<YAML
apiVersion: salvor.dev/v1alpha1
kind: BackupPolicy
metadata: {name: policy-$number, namespace: shop}
spec:
  source: {$("$2" "$number" "$1")}
  storeRef: {name: offsite}
  schedule: {cron: "H 3 $(date -d '7 days ago' +%-d) $(date -d '7 days ago' +%-m) *"}
  retention: {keepLast: 3, keepDaily: 14, keepWeekly: 8, keepMonthly: 12}
  verification: {schedule: {cron: "H 6 $(date -d '7 days ago' +%-d) $(date -d '7 days ago' +%-m) *"}}
  objectives: {recoveryPoint: 9000h}
YAML
  done
}

idle_history() { # STATE
  local number points file
  for ((number = 1; number <= idle_points; number++)); do
    points+="{\"id\": \"20260101t0${number}0000z-bench\", \"time\": \"2026-01-01T00:00:0$((number % 10))Z\", \"complete\": true,
      \"sizeBytes\": 123456789, \"verdict\": \"Verified\", \"verifiedAt\": \"2026-01-02T00:00:00Z\",
      \"manifest\": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", \"lineage\": \"7312345678901234567\"},"
  done
  for file in "$1"/resources/BackupPolicy/shop/*.json; do
    [[ $(<"$file") == *'"status" : {'* ]] || fail "$file has no status to write to"
    printf '%s' "$(<"$file")" | awk -v points="${points%,}" '{ sub(/"status" : \{/, "\"status\" : {\n\"recoveryPoints\": [" points "],"); print }' >"$file.new"
    mv "$file.new" "$file"
  done
}

idle_sources() { # NUMBER PLACE
  if (($1 <= 60)); then
    printf 'postgres: {connection: {secretRef: {name: offsite-key}}, databases: {names: [shop]}}'
  else
    printf 'volume: {path: %s/data}' "$2"
  fi
}

with_idle_volumes() {
  local number
  with_docker
  for ((number = 41; number <= idle_policies; number++)); do
    docker_volume "shop_$number"
    touch "$docker_volumes/shop_$number/_data/file"
  done
}

idle_docker_sources() { # NUMBER PLACE
  if (($1 <= 40)); then
    printf 'postgres: {connection: {container: shop-db-%s}, databases: {names: [shop]}}' "$1"
  else
    printf 'dockerVolume: {names: [shop_%s]}' "$1"
  fi
}
