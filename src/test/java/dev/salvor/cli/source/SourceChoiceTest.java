package dev.salvor.cli.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.cli.source.SourceChoice.Asked;
import dev.salvor.cli.source.SourceChoice.Cluster;
import dev.salvor.cli.source.SourceChoice.Folder;
import dev.salvor.cli.source.SourceChoice.Neither;
import dev.salvor.cli.source.SourceChoice.Sign;
import dev.salvor.cli.source.SourceChoice.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SourceChoiceTest {
  private static final Path DEFAULT = Path.of("/home/ann/.local/state/salvor");
  private static final Path NAMED = Path.of("/srv/named");
  private static final Path VARIABLE = Path.of("/srv/variable");
  private static final Path FILE = Path.of("/srv/kubeconfig");
  private static final Asked NOTHING = new Asked(null, null, null);

  static Stream<Arguments> choices() {
    var both = List.of(Sign.DEFAULT_STATE_FOLDER, Sign.CLUSTER_CONFIGURATION);
    var kubectl = List.of(Sign.CALLED_BY_KUBECTL, Sign.DEFAULT_STATE_FOLDER);
    var file = new Cluster(FILE, null);
    return Stream.of(
        Arguments.of(new Asked(NAMED, null, null), VARIABLE, both, new Folder(NAMED)),
        Arguments.of(new Asked(NAMED, null, null), null, kubectl, new Folder(NAMED)),
        Arguments.of(new Asked(null, FILE, null), VARIABLE, both, file),
        Arguments.of(new Asked(null, null, "b"), VARIABLE, both, new Cluster(null, "b")),
        Arguments.of(NOTHING, VARIABLE, kubectl, new Cluster(null, null)),
        Arguments.of(NOTHING, VARIABLE, both, new Folder(VARIABLE)),
        Arguments.of(NOTHING, null, both, new Folder(DEFAULT)),
        Arguments.of(NOTHING, null, List.of(Sign.CLUSTER_CONFIGURATION), new Cluster(null, null)));
  }

  @ParameterizedTest
  @MethodSource("choices")
  void whatIsNamedGoesBeforeWhatIsFound(
      Asked asked, @Nullable Path variable, List<Sign> signs, SourceChoice expected) {
    assertThat(SourceChoice.of(asked, new Surroundings(variable, DEFAULT, Set.copyOf(signs))))
        .isEqualTo(expected);
  }

  @Test
  void whereThereIsNothingBothWaysAreSaid() {
    var choice = SourceChoice.of(NOTHING, new Surroundings(null, DEFAULT, Set.of()));

    assertThat(((Neither) choice).message())
        .contains("--state", "SALVOR_STATE", DEFAULT.toString(), "--kubeconfig", "KUBECONFIG");
  }

  @Test
  void aFolderAndAClusterAtOnceAreNoChoice() {
    var choice =
        SourceChoice.of(new Asked(NAMED, null, "b"), new Surroundings(null, DEFAULT, Set.of()));

    assertThat(choice).isInstanceOf(Neither.class);
  }

  @Test
  void onlyAFolderWithAFormatIsAStateFolder(@TempDir Path home, @TempDir Path service)
      throws IOException {
    var folder = Files.createDirectories(home.resolve(".local/state/salvor"));
    assertThat(Surrounding.of(Map.of(), home, service).signs()).isEmpty();

    Files.writeString(folder.resolve("format"), "1\n");
    assertThat(Surrounding.of(Map.of(), home, service).signs())
        .containsOnly(Sign.DEFAULT_STATE_FOLDER);
  }

  @Test
  void theFolderOfTheServiceIsFoundUnlessThereIsAnOwn(@TempDir Path home, @TempDir Path service)
      throws IOException {
    Files.writeString(service.resolve("format"), "1\n");
    var around = Surrounding.of(Map.of(), home, service);
    assertThat(around.signs()).containsOnly(Sign.DEFAULT_STATE_FOLDER);
    assertThat(around.defaultState()).isEqualTo(service);

    var own = Files.createDirectories(home.resolve(".local/state/salvor"));
    Files.writeString(own.resolve("format"), "1\n");
    assertThat(Surrounding.of(Map.of(), home, service).defaultState()).isEqualTo(own);
  }

  @Test
  void aKubeconfigIsLookedForWhereKubectlDoes(@TempDir Path home, @TempDir Path service)
      throws IOException {
    var elsewhere = Files.writeString(home.resolve("elsewhere"), "");
    var named = Map.of("KUBECONFIG", "/nowhere:" + elsewhere);
    assertThat(Surrounding.of(named, home, service).signs())
        .containsOnly(Sign.CLUSTER_CONFIGURATION);
    assertThat(Surrounding.of(Map.of("KUBECONFIG", ""), home, service).signs()).isEmpty();

    Files.createDirectory(home.resolve(".kube"));
    Files.writeString(home.resolve(".kube/config"), "");
    assertThat(Surrounding.of(Map.of(), home, service).signs())
        .containsOnly(Sign.CLUSTER_CONFIGURATION);
    assertThat(Surrounding.of(Map.of("KUBECONFIG", "/nowhere"), home, service).signs()).isEmpty();
  }
}
