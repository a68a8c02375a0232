# The operator with many policies, on an etcd and kube-apiserver as integration tests start them; the measuring is done by
# dev.salvor.operator.ScaleBench. Sourced by run.
# shellcheck shell=bash

# What it prints, and what is at most wanted.
scale_figures() {
  cat <<'TEXT'
ready               5    s,   from start to ready with 1,000 policies
idle-writes         0    ,    writes in 60 s in which nothing changes
resident-1000       224  MiB, resident with 1,000 policies, settled
most-resident-1000  -    MiB, the most that was resident until then
due-to-job          2    s,   from due to Job, 99th of 100 that are due in one minute
due-at-once         -    s,   from due to Job, 99th of 100 that are due in the same second
took                -    s,   until 1,000 that are due in one minute are done
undone              0    ,    of these not done
running             8    ,    of these at once
running-on-a-store  4    ,    of these at once on one store
overtaken           0    ,    of these overtaken by a later one
resident-5000       384  MiB, resident with 5,000 policies, settled
most-resident-5000  -    MiB, the most that was resident until then
TEXT
}

measure_scale() {
  local java_path=$top/target/test-classpath memory figure value limit unit words
  # shellcheck disable=SC2154 # jdk, folder and app are set by begin and with_program
  "$top/src/test/scripts/test-tools" ensure k8s
  "$top/src/main/scripts/maven" -q test-compile dependency:build-classpath -Dmdep.outputFile="$java_path" \
    -Dmdep.includeScope=test >"$folder/maven.log" 2>&1 || fail "the tests do not compile; see $folder/maven.log"
  # As the chart limits its pod: the heap is a share of that.
  memory=$(sed -n '/^resources:/,/^[^ ]/{/limits:/,$s/.*memory: \([0-9]*\)Mi$/\1/p}' "$top/helm/salvor/values.yaml")
  (
    cd "$top"
    "$jdk/bin/java" -cp "target/test-classes:target/classes:$(<"$java_path")" dev.salvor.operator.ScaleBench "$folder" \
      "$jdk/bin/java" @"$app/operator.args" -XX:MaxRAM="${memory}m" -jar "$app/salvor.jar" \
      >"$folder/figures" 2>"$folder/scale.log"
  ) || fail "the bench failed; see $folder/scale.log and $folder/operator.log"
  while read -r figure value; do
    read -r limit unit words < <(scale_figures | sed -n "s/^$figure  *//p")
    judge_figure "$value" "$limit" "${unit%,}" "$words"
  done <"$folder/figures"
}

judge_figure() { # VALUE LIMIT UNIT WORDS
  awk -v value="$1" -v limit="$2" -v unit="$3" -v words="$4" 'BEGIN {
    unit = unit == "" ? "" : " " unit
    printf "cluster-scale: %s%s %s", value == int(value) ? value : sprintf("%.1f", value), unit, words
    if (limit == "-") print ""
    else printf " (target at most %s%s: %s)\n", limit, unit, value <= limit ? "met" : "MISSED"
  }'
}
