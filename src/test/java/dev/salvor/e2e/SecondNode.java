package dev.salvor.e2e;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A second node of the tests' own cluster, for one class of stories at a time ({@link #LOCK}). */
final class SecondNode implements BeforeAllCallback, AfterAllCallback {
  /** There is room for one: whoever has it bears this lock. */
  static final String LOCK = "second-node";

  static final String FIRST = "salvor-test";
  static final String SECOND = "salvor-test-2";

  @Override
  public void beforeAll(ExtensionContext context) {
    cluster("add-node");
  }

  @Override
  public void afterAll(ExtensionContext context) {
    cluster("remove-node");
  }

  private static void cluster(String command) {
    LocalProgram.run(Map.of(), List.of("src/test/scripts/cluster", command)).succeeded();
  }
}
