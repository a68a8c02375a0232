package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.salvor.api.ComposeService;
import dev.salvor.api.Model;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What fills a place. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
  @JsonSubTypes.Type(CredentialSource.Secret.class),
  @JsonSubTypes.Type(CredentialSource.Container.class)
})
public sealed interface CredentialSource {
  Credential credential();

  /** For messages. */
  String text();

  /**
   * A Secret. Mounted optional, so that the worker can name what is missing.
   *
   * @param key null: the whole Secret
   */
  @Model
  record Secret(Credential credential, String secret, @Nullable String key)
      implements CredentialSource {
    @Override
    public String text() {
      return "Secret " + secret + (key == null ? "" : " (key " + key + ")");
    }
  }

  /**
   * A container with a PostgreSQL server: the host looks at it when a worker is about to start, and
   * writes down what a Secret would hold. By its name or by its service.
   */
  @Model
  record Container(
      Credential credential,
      @Nullable String container,
      @Nullable ComposeService service,
      Login login)
      implements CredentialSource {
    @Override
    public String text() {
      return container == null
          ? "service '"
              + Objects.requireNonNull(service).service()
              + "' of Compose project '"
              + service.project()
              + "'"
          : "container '" + container + "'";
    }
  }

  /** Where user and password of a server in a container are from. */
  enum Login {
    OF_CONTAINER,
    /** The connection spells out the user, and the container has the password. */
    PASSWORD_OF_CONTAINER,
    /** The connection spells them out. */
    GIVEN
  }
}
