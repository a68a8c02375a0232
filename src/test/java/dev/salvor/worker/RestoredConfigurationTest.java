package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Streams;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.task.SupabaseFacts.Configured;
import dev.salvor.testing.Script;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoredConfigurationTest {
  private static final String TEXT = "A=1";

  @TempDir private Path folder;

  private RestoredConfiguration of(String... names) {
    return new RestoredConfiguration(
        folder.resolve("target"), Stream.of(names).map(this::configured).toList());
  }

  private Configured configured(String name) {
    try {
      var seen = Fingerprint.of(stored(), OutputStream.nullOutputStream(), read -> {});
      return new Configured(name, seen.bytes(), seen.sha256());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static ByteArrayInputStream stored() {
    return new ByteArrayInputStream(TEXT.getBytes(StandardCharsets.UTF_8));
  }

  private static void read(Configured file, Streams.Output output) {
    try {
      output.read(stored());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A cluster's objects are folders. */
  @Test
  void allOfThemAreThereAndNobodyElseReadsThem() {
    var configuration = of(".env", "secrets/supabase-jwt/secret", "configMaps/functions/main.ts");

    configuration.write(RestoredConfigurationTest::read);

    assertThat(configuration.obstacles()).isEmpty();
    var target = folder.resolve("target");
    assertThat(target.resolve("secrets/supabase-jwt/secret")).hasContent(TEXT);
    assertThat(Script.run("find . -type f -perm 600 | wc -l", target).strip()).isEqualTo("3");
    assertThat(Script.run("find . -type d -perm 700 | wc -l", target).strip()).isEqualTo("5");
    configuration.write(RestoredConfigurationTest::read);
    assertThat(configuration.obstacles()).isEmpty();
  }

  @Test
  void whatIsNotOfThePointIsInTheWay() {
    Script.run(
        "mkdir -p target/secrets/jwt target/empty; cd target; echo other > .env; echo x > more;"
            + " printf %s A=1 > secrets/jwt/key; echo x > secrets/jwt/old; ln -s / root",
        folder);

    assertThat(of(".env", "secrets/jwt/key").obstacles())
        .containsExactlyInAnyOrder(
            "it holds .env",
            "it holds empty",
            "it holds more",
            "it holds root",
            "it holds secrets/jwt/old");
  }

  /** The databases take hours: somebody may lay one there to have services start. */
  @Test
  void whatCameToBeThereSinceTheLookIsNotWrittenOver() {
    var configuration = of("compose.yaml", ".env");
    assertThat(configuration.obstacles()).isEmpty();
    Script.run("mkdir target; echo living > target/.env", folder);

    assertLeft(configuration, RestoredConfigurationTest::read);
    assertThat(folder.resolve("target/compose.yaml")).doesNotExist();

    Script.run("rm target/.env", folder);
    assertLeft(
        configuration,
        (file, output) -> {
          read(file, output);
          Script.run("echo living > target/.env", folder);
        });
  }

  private void assertLeft(
      RestoredConfiguration configuration, BiConsumer<Configured, Streams.Output> stored) {
    assertThatThrownBy(() -> configuration.write(stored))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.reason()).isEqualTo(Reason.RESTORE_FAILED))
        .hasMessageContaining(".env came to be since");
    assertThat(folder.resolve("target/.env")).hasContent("living");
    assertThat(Script.run("find . -name '*.salvor-draft'", folder)).isBlank();
  }

  @Test
  void aNameThatLeadsOutOfTheFolderIsDamage() {
    for (var name : List.of("../elsewhere", "a/../../b", "", "/etc/shadow", ".")) {
      var configuration = of(name);

      assertThatThrownBy(() -> configuration.write(RestoredConfigurationTest::read))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT_RECOVERY_POINT));
    }
    assertThat(folder.resolve("elsewhere")).doesNotExist();
  }
}
