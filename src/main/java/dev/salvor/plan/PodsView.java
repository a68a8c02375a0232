package dev.salvor.plan;

import dev.salvor.api.PostgresConnection;
import dev.salvor.api.SecretKeyReference;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What of a namespace the look for a Supabase project may see. Of Secrets and ConfigMaps these are
 * the names by which pods refer to them.
 */
public sealed interface PodsView {
  PodsView UNASKED = new Unasked();

  /** The service of a server, whatever its maker calls it. */
  String SERVER = "db";

  /** Nobody needs to know, or the host is none that has any. */
  record Unasked() implements PodsView {}

  /** What a policy points at is not there, or may not be looked at. */
  record Unreachable(String why) implements PodsView {}

  /**
   * They were read.
   *
   * @param containers those of pods that have not ended and belong to no Job, sidecars too
   * @param project that a policy points at; null: it points at none
   */
  record Seen(List<Container> containers, List<Service> services, @Nullable Project project)
      implements PodsView {
    public Seen {
      containers = List.copyOf(containers);
      services = List.copyOf(services);
    }
  }

  /**
   * A container, with what its pod refers to.
   *
   * @param name of its pod
   * @param service that the pod's maker says it is of
   * @param digest of what its registry has; null: it does not run yet
   * @param labels of its pod
   * @param settings variables that {@link StorageSettings#NAMES} lists and that are spelled out
   * @param unclear those of them that something else says, or may say
   * @param password the key of a Secret that is its {@code POSTGRES_PASSWORD}; null: it is none
   * @param databaseHost where a service says that its database is; null: it does not
   * @param ports by name
   * @param secrets that must be there for the pod to run
   * @param configMaps in the same way
   * @param optional Secrets and ConfigMaps without which the pod runs too
   */
  record Container(
      String name,
      String service,
      boolean running,
      String image,
      @Nullable String digest,
      Map<String, String> labels,
      Map<String, String> settings,
      Set<String> unclear,
      @Nullable SecretKeyReference password,
      @Nullable String databaseHost,
      Map<String, Integer> ports,
      Set<String> secrets,
      Set<String> configMaps,
      Set<String> optional,
      List<Mount> mounts)
      implements SupabaseRole.Candidate {
    public Container {
      labels = Map.copyOf(labels);
      settings = Map.copyOf(settings);
      unclear = Set.copyOf(unclear);
      ports = Map.copyOf(ports);
      secrets = Set.copyOf(secrets);
      configMaps = Set.copyOf(configMaps);
      optional = Set.copyOf(optional);
      mounts = List.copyOf(mounts);
    }

    /** Its claims: of two pods with others it is no matter which runs at this moment. */
    @Override
    public Set<String> keptIn() {
      return mounts.stream()
          .flatMap(mount -> Stream.ofNullable(mount.claim()))
          .collect(Collectors.toSet());
    }

    /** Whether another, such as a second replica, says the same of where things are. */
    boolean isLike(Container other) {
      return service.equals(other.service)
          && settings.equals(other.settings)
          && unclear.equals(other.unclear)
          && String.valueOf(password).equals(String.valueOf(other.password))
          && ports.equals(other.ports)
          && mounts.equals(other.mounts);
    }
  }

  /**
   * What a container sees besides its image.
   *
   * @param claim null: what is there goes with the pod, or is no claim's
   * @param below the folder of the volume that is mounted; empty: all of it
   * @param kind what it is, in words
   */
  record Mount(String destination, @Nullable String claim, String below, String kind) {
    /** A folder of the node. */
    public static final String HOST_PATH = "a folder of its node (hostPath)";

    /** A share, an image, or what a driver makes for the pod. */
    public static final String OTHER = "a volume that is no claim";

    /** Whether what is there may outlive the pod and is in nobody's claim. */
    boolean isOfNoClaim() {
      return kind.equals(HOST_PATH) || kind.equals(OTHER);
    }
  }

  /**
   * A Service.
   *
   * @param selector labels of the pods that it leads to
   * @param headless whether its name stands for the pods' own addresses
   */
  record Service(String name, Map<String, String> selector, List<Port> ports, boolean headless) {
    public Service {
      selector = Map.copyOf(selector);
      ports = List.copyOf(ports);
    }
  }

  /**
   * A port of a Service.
   *
   * @param target the pods' port, by number or name
   */
  record Port(int port, String target) {}

  /**
   * A Project of Supabase's operator.
   *
   * @param database its SingleDatabase
   * @param connection as that one says; null: it does not yet
   */
  record Project(String name, String database, @Nullable PostgresConnection connection) {}
}
