package dev.salvor.cli.source;

import dev.salvor.cli.source.SourceChoice.Sign;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What environment and home of a process say about hosts. */
public final class Surrounding {
  /** Set by the launcher {@code kubectl-salvor}. */
  static final String CALLER = "SALVOR_CALLED_AS";

  private static final Path SERVICE_ACCOUNT =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");

  /** Where the unit and the Compose file of {@code deploy/} keep it. */
  private static final Path OF_THE_SERVICE = Path.of("/var/lib/salvor");

  private Surrounding() {}

  public static SourceChoice.Surroundings ofThisProcess() {
    return of(System.getenv(), Path.of(System.getProperty("user.home")), OF_THE_SERVICE);
  }

  /** Where a state folder is if nobody says otherwise. */
  public static Path defaultState() {
    return defaultState(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  static SourceChoice.Surroundings of(Map<String, String> environment, Path home, Path service) {
    var own = defaultState(environment, home);
    var defaultState = !isStateFolder(own) && isStateFolder(service) ? service : own;
    var signs = EnumSet.noneOf(Sign.class);
    if ("kubectl".equals(environment.get(CALLER))) {
      signs.add(Sign.CALLED_BY_KUBECTL);
    }
    if (isStateFolder(defaultState)) {
      signs.add(Sign.DEFAULT_STATE_FOLDER);
    }
    if (kubeconfigs(environment, home).stream().anyMatch(Files::isRegularFile)
        || (environment.containsKey("KUBERNETES_SERVICE_HOST")
            && Files.isRegularFile(SERVICE_ACCOUNT))) {
      signs.add(Sign.CLUSTER_CONFIGURATION);
    }
    return new SourceChoice.Surroundings(
        set(environment, "SALVOR_STATE").map(Path::of).orElse(null),
        defaultState,
        Set.copyOf(signs));
  }

  private static boolean isStateFolder(Path folder) {
    return Files.isRegularFile(folder.resolve("format"));
  }

  private static Path defaultState(Map<String, String> environment, Path home) {
    return set(environment, "XDG_STATE_HOME")
        .map(Path::of)
        .orElse(home.resolve(".local").resolve("state"))
        .resolve("salvor");
  }

  private static List<Path> kubeconfigs(Map<String, String> environment, Path home) {
    return set(environment, "KUBECONFIG")
        .map(
            files ->
                List.of(files.split(File.pathSeparator)).stream()
                    .filter(file -> !file.isEmpty())
                    .map(Path::of)
                    .toList())
        .orElse(List.of(home.resolve(".kube").resolve("config")));
  }

  private static Optional<String> set(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(text -> !text.isEmpty());
  }
}
