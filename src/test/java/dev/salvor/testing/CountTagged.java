package dev.salvor.testing;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Counts the tests that bear a tag: {@code ./test --without-root} says how many it left out. */
public final class CountTagged {
  private CountTagged() {}

  /**
   * Prints the number of tests.
   *
   * @param arguments the tag, then the endings of the test classes' names
   */
  public static void main(String[] arguments) {
    var endings = Arrays.stream(arguments).skip(1).collect(Collectors.joining("|"));
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectPackage("dev.salvor"))
            .filters(
                ClassNameFilter.includeClassNamePatterns(".*(" + endings + ")"),
                TagFilter.includeTags(arguments[0]))
            .build();
    var plan = LauncherFactory.create().discover(request);
    System.out.println(plan.countTestIdentifiers(test -> test.getType().isTest()));
  }
}
