-- Asks deploy/argocd/health.lua about each kind in each state: lua health-test.lua HEALTH.LUA
-- The last line says: N passed, N failed.

local kinds = {"BackupStore", "BackupPolicy", "BackupRequest", "RestoreRequest"}

-- What kstatus says, in Argo CD's words.
local argo = {Current = "Healthy", InProgress = "Progressing", Failed = "Degraded"}

local function condition(kind, status, message)
  return {type = kind, status = status, message = message, reason = "Fixture"}
end

local states = {
  {
    name = "just applied: the status that the CRD gives it",
    generation = 1, status = {observedGeneration = -1},
    kstatus = "InProgress",
  },
  {
    name = "first contact",
    generation = 1,
    status = {observedGeneration = 1, conditions = {condition("Ready", "Unknown", "asking"), condition("Reconciling", "True", "asking the store")}},
    kstatus = "InProgress", message = "asking the store",
  },
  {
    name = "ready, or done",
    generation = 2, status = {observedGeneration = 2, conditions = {condition("Ready", "True", "scheduled")}},
    kstatus = "Current", message = "scheduled",
  },
  {
    name = "changed, and not looked at yet",
    generation = 3, status = {observedGeneration = 2, conditions = {condition("Ready", "True", "scheduled")}},
    kstatus = "InProgress",
  },
  {
    name = "changed after it stalled, and not looked at yet",
    generation = 3, status = {observedGeneration = 2, conditions = {condition("Stalled", "True", "wrong password")}},
    kstatus = "InProgress",
  },
  {
    name = "stalled",
    generation = 1,
    status = {observedGeneration = 1, conditions = {condition("Ready", "False", "wrong"), condition("Stalled", "True", "wrong password")}},
    kstatus = "Failed", message = "wrong password",
  },
  {
    name = "no longer stalled",
    generation = 1,
    status = {observedGeneration = 1, conditions = {condition("Stalled", "False", "old"), condition("Ready", "True", "scheduled")}},
    kstatus = "Current", message = "scheduled",
  },
  {
    name = "stalled and reconciling: the first one counts",
    generation = 1,
    status = {observedGeneration = 1, conditions = {condition("Reconciling", "True", "trying"), condition("Stalled", "True", "wrong")}},
    kstatus = "InProgress", message = "trying",
  },
  {
    name = "not ready and not stalled",
    generation = 1, status = {observedGeneration = 1, conditions = {condition("Ready", "False", "the store is not there yet")}},
    kstatus = "InProgress", message = "the store is not there yet",
  },
  {
    name = "waiting for something else",
    generation = 1, status = {observedGeneration = 1, conditions = {condition("Ready", "Unknown", "queued")}},
    kstatus = "InProgress", message = "queued",
  },
  {
    name = "not protected: that is for the alerts",
    generation = 1,
    status = {observedGeneration = 1, conditions = {condition("Ready", "True", "scheduled"), condition("Protected", "False", "too old")}},
    kstatus = "Current", message = "scheduled",
  },
  {
    name = "refuted: that is for the alerts",
    generation = 1,
    status = {observedGeneration = 1, conditions = {condition("Verified", "False", "rows are missing"), condition("Ready", "True", "scheduled")}},
    kstatus = "Current", message = "scheduled",
  },
  {
    name = "a failed run that is tried again",
    generation = 1,
    status = {observedGeneration = 1, failure = {reason = "SourceUnreachable"}, conditions = {condition("Ready", "True", "scheduled")}},
    kstatus = "Current", message = "scheduled",
  },
  {
    name = "suspended",
    generation = 1, spec = {suspend = true}, status = {observedGeneration = 1, conditions = {condition("Ready", "True", "scheduled")}},
    kstatus = "Current", message = "Suspended: nothing is started on schedule",
  },
  {
    name = "suspended and stalled",
    generation = 1, spec = {suspend = true}, status = {observedGeneration = 1, conditions = {condition("Stalled", "True", "wrong password")}},
    kstatus = "Failed", message = "wrong password",
  },
  {
    name = "a condition of a newer version alone",
    generation = 1, status = {observedGeneration = 1, conditions = {condition("Escorted", "False", "?")}},
    kstatus = "Current",
  },
  {
    name = "observed, without conditions",
    generation = 1, status = {observedGeneration = 1},
    kstatus = "Current",
  },
}

local passed, failed = 0, 0

local function check(name, correct, found)
  if correct then
    passed = passed + 1
  else
    failed = failed + 1
    print("FAILED " .. name .. ": " .. tostring(found))
  end
end

local function health(object)
  local chunk = assert(loadfile(arg[1]))
  -- What a script of Argo CD's sees, no more.
  setfenv(chunk, {obj = object, ipairs = ipairs, pairs = pairs, tostring = tostring, string = string})
  return chunk()
end

for _, kind in ipairs(kinds) do
  for _, state in ipairs(states) do
    local name = kind .. ", " .. state.name
    local found = health({
      apiVersion = "salvor.dev/v1alpha1",
      kind = kind,
      metadata = {name = "a", namespace = "b", generation = state.generation},
      spec = state.spec or {},
      status = state.status,
    })
    check(name, found.status == argo[state.kstatus], found.status)
    check(name .. " (message)", state.message == nil or found.message == state.message, found.message)
  end
  -- Only where the CRD is older than the status that it gives; kstatus would call it current.
  local found = health({kind = kind, metadata = {generation = 1}})
  check(kind .. ", without a status", found.status == "Progressing", found.status)
end

print(string.format("health: %d passed, %d failed", passed, failed))
os.exit(failed == 0 and 0 or 1)
