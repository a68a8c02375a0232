package dev.salvor.engine.postgres;

/** A password that no message shows. */
public record Password(String value) {
  @Override
  public String toString() {
    return "***";
  }
}
