package dev.salvor.task;

/** A named moment of a Task. Its progress line is written before the step begins. */
public enum Step {
  PROBE,
  OPEN_REPOSITORY,
  PREFLIGHT,
  LOCK_TABLES,
  DUMP,
  FACTS,
  GLOBALS,
  NOTE,
  STORE,
  SETTLE,
  MANIFEST,
  READ_BACK,
  PLAN,
  SAFETY_COPY,
  ROLES,
  FETCH,
  SEAL,
  START_SERVER,
  RESTORE,
  COMPARE,
  CHECKS,
  SWITCH,
  VERDICTS,
  CHECK,
  FORGET,
  PRUNE,
  DROP_KEPT,
  LIST,
  REPORT
}
