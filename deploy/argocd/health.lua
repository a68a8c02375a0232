-- How healthy a BackupStore, BackupPolicy, BackupRequest or RestoreRequest is, for Argo CD.
--
-- The same answer as kstatus gives (Flux and others): Degraded only when Stalled, for only then a person
-- is needed. A backup that failed is tried again; the condition Protected and the alerts tell of it when it matters.
-- A policy that is suspended is as healthy as before: Argo CD's own Suspended would hold up the waves of a sync.

local function waiting(message)
  return {status = "Progressing", message = message}
end

local status = obj.status
if status == nil then
  return waiting("Waiting for Salvor's operator")
end

-- -1 until the operator has looked at the resource for the first time.
local observed = status.observedGeneration
if observed ~= nil and observed ~= obj.metadata.generation then
  return waiting("Waiting for Salvor's operator to look at generation " .. tostring(obj.metadata.generation))
end

local ready = nil
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Reconciling" and condition.status == "True" then
    return waiting(condition.message)
  end
  if condition.type == "Stalled" and condition.status == "True" then
    return {status = "Degraded", message = condition.message}
  end
  if condition.type == "Ready" then
    ready = ready or condition
  end
end

if ready == nil then
  return {status = "Healthy"}
end
if ready.status ~= "True" then
  return waiting(ready.message)
end
if obj.spec ~= nil and obj.spec.suspend == true then
  return {status = "Healthy", message = "Suspended: nothing is started on schedule"}
end
return {status = "Healthy", message = ready.message}
