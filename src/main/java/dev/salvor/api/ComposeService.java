package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;
import java.util.Optional;

/** A service of Docker Compose, by the labels that Compose gives its containers. */
@Model
public record ComposeService(
    @Required
        @Pattern(Names.DOCKER)
        @Size(min = 1, max = Names.DOCKER_LENGTH)
        @JsonPropertyDescription("The project: what 'docker compose ls' shows.")
        String project,
    @Required
        @Pattern(Names.DOCKER)
        @Size(min = 1, max = Names.DOCKER_LENGTH)
        @JsonPropertyDescription("The service, as compose.yaml names it.")
        String service) {
  /** Label of the project, on containers and volumes. */
  public static final String PROJECT_LABEL = "com.docker.compose.project";

  /** Label of the service. */
  public static final String SERVICE_LABEL = "com.docker.compose.service";

  /** That of a container with such labels; empty: Compose did not make it. */
  public static Optional<ComposeService> of(Map<String, String> labels) {
    var project = labels.get(PROJECT_LABEL);
    var service = labels.get(SERVICE_LABEL);
    return project == null || service == null
        ? Optional.empty()
        : Optional.of(new ComposeService(project, service));
  }
}
