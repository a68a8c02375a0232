package dev.salvor;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows of DESIGN.md: who may know whom. A new package must find its place here first. */
class ArrowsTest {
  private static final JavaClasses CLASSES = read();

  private static JavaClasses read() {
    // The rules ask others for their names alone: reading their files would take most of the time.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages("dev.salvor");
  }

  /** A package, and all that it may know of Salvor besides itself. */
  static Stream<Arguments> packages() {
    return Stream.of(
        Arguments.of("api", Set.of()),
        Arguments.of("task", Set.of("api")),
        Arguments.of("plan", Set.of("task", "api")),
        Arguments.of("engine", Set.of("task", "api")),
        Arguments.of("worker", Set.of("engine", "plan", "task", "api")),
        Arguments.of("local", Set.of("plan", "task", "api")),
        Arguments.of("operator", Set.of("plan", "task", "api")),
        Arguments.of("web", Set.of("operator", "local", "plan", "task", "api")),
        Arguments.of(
            "cli", Set.of("operator", "local", "web", "worker", "engine", "plan", "task", "api")));
  }

  @ParameterizedTest
  @MethodSource("packages")
  void knowsOnlyWhatItMay(String name, Set<String> mayKnow) {
    var allowed = Stream.concat(Stream.of(name), mayKnow.stream()).map(ArrowsTest::below);
    rule(classes()
            .that()
            .resideInAPackage(below(name))
            .should()
            .onlyDependOnClassesThat(
                DescribedPredicate.not(resideInAPackage("dev.salvor.."))
                    .or(
                        DescribedPredicate.or(
                            allowed.map(JavaClass.Predicates::resideInAPackage).toList()))))
        .check(CLASSES);
  }

  @Test
  void everyPackageHasItsPlace() {
    var known =
        packages().map(arguments -> (String) arguments.get()[0]).collect(Collectors.toSet());
    var found =
        CLASSES.stream()
            .map(type -> type.getPackageName().replaceFirst("^dev\\.salvor\\.?", ""))
            .map(rest -> rest.replaceFirst("\\..*", ""))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(known).containsAll(found);
    assertThat(CLASSES).hasSizeGreaterThan(100);
  }

  /** Decisions are pure: what they look at is given to them. */
  @Test
  void plannersLookAtNothingByThemselves() {
    rule(noClasses()
            .that()
            .resideInAPackage(below("plan"))
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Clock")
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "java.nio.file..",
                "java.net..",
                "java.sql..",
                "java.util.concurrent..",
                "io.fabric8.kubernetes.client.dsl..",
                "io.fabric8.kubernetes.client.informers..",
                "org.slf4j..",
                "software.amazon..",
                "org.postgresql..")
            .orShould()
            .dependOnClassesThat(simpleName("KubernetesClient"))
            .orShould()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random"))
        .check(CLASSES);
  }

  @Test
  void namesSayWhatAClassIs() {
    rule(noClasses()
            .should()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Common"))
        .check(CLASSES);
  }

  /** A rule about a package that is not there yet holds. */
  private static ArchRule rule(ArchRule rule) {
    return rule.allowEmptyShould(true);
  }

  private static String below(String name) {
    return "dev.salvor." + name + "..";
  }
}
