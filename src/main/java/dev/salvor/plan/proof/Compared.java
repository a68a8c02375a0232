package dev.salvor.plan.proof;

/**
 * How much of a source a comparison looked at. It stands beside every verdict, since a comparison
 * of a tenth proves a tenth.
 */
public interface Compared {
  /** There was something, and none of it was compared. */
  boolean nothing();

  /** All of it was compared, content too. */
  boolean everything();

  /** For people. */
  String text();
}
