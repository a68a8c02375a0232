package dev.salvor.plan;

/** Where Salvor runs; some kinds of stores and sources work on one host only. */
public enum HostKind {
  KUBERNETES,
  ONE_MACHINE
}
