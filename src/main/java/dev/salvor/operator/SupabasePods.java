package dev.salvor.operator;

import dev.salvor.api.PostgresConnection;
import dev.salvor.api.SecretKeyReference;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.PodsView;
import dev.salvor.plan.PodsView.Mount;
import dev.salvor.plan.PodsView.Port;
import dev.salvor.plan.PodsView.Project;
import dev.salvor.plan.StorageSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What pods and Services of a namespace say of a Supabase project; read live. Of a variable that
 * {@link StorageSettings#NAMES} does not name nothing but references leaves this class, and no
 * Secret is read.
 */
final class SupabasePods {
  private static final String NAME = "app.kubernetes.io/name";
  private static final String INSTANCE = "app.kubernetes.io/instance";
  private static final String COMPONENT = "app.kubernetes.io/component";
  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  private static final String OPERATOR = "supabase-operator";

  /** In each namespace, and in every pod that may speak to the API server. */
  private static final String CLUSTER_CA = "kube-root-ca.crt";

  private static final ResourceDefinitionContext PROJECTS = kind("Project");
  private static final ResourceDefinitionContext DATABASES = kind("SingleDatabase");

  private final KubernetesClient client;

  SupabasePods(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Those that a policy points at.
   *
   * @throws KubernetesClientException if the API server does not answer
   */
  PodsView find(String namespace, SelfHosted pointer) {
    if (pointer.project() == null) {
      return seen(namespace, Map.of(INSTANCE, Objects.requireNonNull(pointer.helmRelease())), null);
    }
    try {
      var project = get(PROJECTS, namespace, pointer.project());
      var database = project == null ? null : project.<Object>get("spec", "databaseRef", "name");
      return database == null
          ? new PodsView.Unreachable(
              project == null
                  ? "There is no Project '"
                      + pointer.project()
                      + "' (core.supabase.io) in this namespace."
                  : "Project '" + pointer.project() + "' names no database (spec.databaseRef).")
          : seen(
              namespace,
              Map.of(MANAGED_BY, OPERATOR),
              project(namespace, pointer.project(), database.toString()));
    } catch (KubernetesClientException e) {
      if (!Refusal.is(e)) {
        throw e;
      }
      return new PodsView.Unreachable(
          "Project '" + pointer.project() + "' cannot be read: " + Refusal.words(e));
    }
  }

  private Project project(String namespace, String name, String database) {
    var found = get(DATABASES, namespace, database);
    return new Project(name, database, found == null ? null : connection(found));
  }

  /** As it says itself once its server is up. */
  private static @Nullable PostgresConnection connection(GenericKubernetesResource database) {
    var host = text(database, "host");
    var secret = text(database, "passwordRef", "name");
    var key = text(database, "passwordRef", "key");
    var user = text(database, "user");
    var port = database.<Object>get("status", "resolvedDatabase", "port");
    return host == null || secret == null || key == null
        ? null
        : PostgresConnection.of(
            host,
            port instanceof Number number ? number.intValue() : null,
            user == null ? SupabaseSource.SUPERUSER : user,
            new SecretKeyReference(secret, key));
  }

  private static @Nullable String text(GenericKubernetesResource database, String... below) {
    var path = Stream.concat(Stream.of("status", "resolvedDatabase"), Stream.of(below)).toArray();
    return database.<Object>get(path) instanceof String text && !text.isEmpty() ? text : null;
  }

  /** Null also in a cluster that does not know the kind. */
  private @Nullable GenericKubernetesResource get(
      ResourceDefinitionContext kind, String namespace, String name) {
    try {
      return client.genericKubernetesResources(kind).inNamespace(namespace).withName(name).get();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      return null;
    }
  }

  private PodsView seen(String namespace, Map<String, String> labels, @Nullable Project project) {
    return new PodsView.Seen(
        client.pods().inNamespace(namespace).withLabels(labels).list().getItems().stream()
            .filter(SupabasePods::isOfAService)
            .flatMap(SupabasePods::containers)
            .toList(),
        client.services().inNamespace(namespace).list().getItems().stream()
            .map(SupabasePods::service)
            .toList(),
        project);
  }

  /** What is about to go, has ended or is to end tells of the past. */
  private static boolean isOfAService(Pod pod) {
    var phase = String.valueOf(pod.getStatus() == null ? null : pod.getStatus().getPhase());
    return !pod.isMarkedForDeletion()
        && !Set.of("Succeeded", "Failed").contains(phase)
        && !labels(pod).containsKey(JobLabels.MANAGED)
        && orEmpty(pod.getMetadata().getOwnerReferences()).stream()
            .noneMatch(owner -> "Job".equals(owner.getKind()));
  }

  private static Map<String, String> labels(Pod pod) {
    return Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.of());
  }

  private static Stream<PodsView.Container> containers(Pod pod) {
    var references = new References();
    references.of(pod);
    return Stream.concat(
            pod.getSpec().getContainers().stream(),
            orEmpty(pod.getSpec().getInitContainers()).stream().filter(SupabasePods::isSidecar))
        .map(container -> container(pod, container, references));
  }

  /**
   * One that runs beside the others. What ends before they begin serves nobody: that of the chart's
   * server has its image and its key's claim, and would be a second server.
   */
  private static boolean isSidecar(Container init) {
    return "Always".equals(init.getRestartPolicy());
  }

  private static PodsView.Container container(Pod pod, Container container, References references) {
    var spelled = new HashMap<String, String>();
    var variables = orEmpty(container.getEnv());
    variables.stream()
        .filter(each -> StorageSettings.NAMES.contains(each.getName()))
        .filter(SupabasePods::isLiteral)
        .forEach(
            each -> spelled.put(each.getName(), Objects.requireNonNullElse(each.getValue(), "")));
    var referred =
        variables.stream()
            .filter(each -> !isLiteral(each))
            .map(EnvVar::getName)
            .collect(Collectors.toSet());
    var isOpen = !orEmpty(container.getEnvFrom()).isEmpty();
    return new PodsView.Container(
        pod.getMetadata().getName(),
        service(labels(pod)),
        isRunning(pod, container),
        String.valueOf(container.getImage()),
        digest(pod, container),
        labels(pod),
        spelled,
        StorageSettings.NAMES.stream()
            .filter(name -> referred.contains(name) || (isOpen && !spelled.containsKey(name)))
            .collect(Collectors.toSet()),
        password(variables),
        databaseHost(variables),
        orEmpty(container.getPorts()).stream()
            .filter(port -> port.getName() != null)
            .collect(
                Collectors.toMap(
                    port -> port.getName(), port -> port.getContainerPort(), (one, other) -> one)),
        references.secrets,
        references.configMaps,
        references.optional,
        orEmpty(container.getVolumeMounts()).stream().map(mount -> mount(pod, mount)).toList());
  }

  /** Others take their value, or a part of it, from elsewhere. */
  private static boolean isLiteral(EnvVar variable) {
    return variable.getValueFrom() == null
        && !Objects.requireNonNullElse(variable.getValue(), "").contains("$(");
  }

  /** Supabase's operator calls its server otherwise than everybody else. */
  private static String service(Map<String, String> labels) {
    return OPERATOR.equals(labels.get(MANAGED_BY)) && "database".equals(labels.get(COMPONENT))
        ? PodsView.SERVER
        : labels.getOrDefault(NAME, "");
  }

  private static boolean isRunning(Pod pod, Container container) {
    return statuses(pod, container)
        .anyMatch(status -> status.getState() != null && status.getState().getRunning() != null);
  }

  private static Stream<ContainerStatus> statuses(Pod pod, Container container) {
    var status = pod.getStatus();
    return status == null
        ? Stream.empty()
        : Stream.concat(
                orEmpty(status.getContainerStatuses()).stream(),
                orEmpty(status.getInitContainerStatuses()).stream())
            .filter(it -> container.getName().equals(it.getName()));
  }

  /** As runtimes write it: {@code docker.io/supabase/postgres@sha256:...}. */
  private static @Nullable String digest(Pod pod, Container container) {
    return statuses(pod, container)
        .flatMap(status -> Stream.ofNullable(status.getImageID()))
        .filter(id -> id.contains("@sha256:"))
        .map(id -> id.substring(id.indexOf('@') + 1))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable SecretKeyReference password(List<EnvVar> variables) {
    return variables.stream()
        .filter(each -> each.getName().equals("POSTGRES_PASSWORD"))
        .flatMap(
            each ->
                Optional.ofNullable(each.getValueFrom())
                    .map(from -> from.getSecretKeyRef())
                    .filter(ref -> ref.getName() != null && ref.getKey() != null)
                    .map(ref -> new SecretKeyReference(ref.getName(), ref.getKey()))
                    .stream())
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String databaseHost(List<EnvVar> variables) {
    return variables.stream()
        .filter(each -> Set.of("DB_HOST", "POSTGRES_HOST").contains(each.getName()))
        .flatMap(each -> Stream.ofNullable(each.getValue()))
        .filter(host -> host.matches("[a-zA-Z0-9][-a-zA-Z0-9.]{0,252}"))
        .findFirst()
        .orElse(null);
  }

  private static Mount mount(Pod pod, VolumeMount mount) {
    var volume =
        pod.getSpec().getVolumes().stream()
            .filter(each -> each.getName().equals(mount.getName()))
            .findFirst();
    var claim = volume.map(Volume::getPersistentVolumeClaim);
    var isNamed = mount.getSubPathExpr() == null || mount.getSubPathExpr().isEmpty();
    return new Mount(
        mount.getMountPath().replaceAll("(?<=.)/+$", ""),
        isNamed ? claim.map(it -> it.getClaimName()).orElse(null) : null,
        Objects.requireNonNullElse(mount.getSubPath(), ""),
        isNamed
            ? volume.map(SupabasePods::kind).orElse("nothing")
            : "a folder of a claim that only the pod knows (subPathExpr)");
  }

  private static String kind(Volume volume) {
    return volume.getPersistentVolumeClaim() != null
        ? "a claim"
        : volume.getEmptyDir() != null
            ? "an emptyDir"
            : volume.getConfigMap() != null
                ? "a ConfigMap"
                : volume.getSecret() != null
                    ? "a Secret"
                    : volume.getHostPath() != null ? Mount.HOST_PATH : Mount.OTHER;
  }

  private static PodsView.Service service(Service service) {
    var spec = service.getSpec();
    return new PodsView.Service(
        service.getMetadata().getName(),
        Objects.requireNonNullElse(spec.getSelector(), Map.of()),
        orEmpty(spec.getPorts()).stream()
            .map(
                port ->
                    new Port(
                        port.getPort(),
                        port.getTargetPort() == null
                            ? String.valueOf(port.getPort())
                            : String.valueOf(port.getTargetPort().getValue())))
            .toList(),
        "None".equals(spec.getClusterIP()));
  }

  /** Names of Secrets and ConfigMaps that a pod refers to. */
  private static final class References {
    private final Set<String> secrets = new HashSet<>();
    private final Set<String> configMaps = new HashSet<>();
    private final Set<String> optional = new HashSet<>();

    void of(Pod pod) {
      var spec = pod.getSpec();
      Stream.concat(spec.getContainers().stream(), orEmpty(spec.getInitContainers()).stream())
          .forEach(this::of);
      orEmpty(spec.getVolumes()).forEach(this::of);
    }

    private void of(Container container) {
      for (var variable : orEmpty(container.getEnv())) {
        var from = variable.getValueFrom();
        if (from != null && from.getSecretKeyRef() != null) {
          var ref = from.getSecretKeyRef();
          add(secrets, ref.getName(), ref.getOptional());
        }
        if (from != null && from.getConfigMapKeyRef() != null) {
          var ref = from.getConfigMapKeyRef();
          add(configMaps, ref.getName(), ref.getOptional());
        }
      }
      for (var from : orEmpty(container.getEnvFrom())) {
        if (from.getSecretRef() != null) {
          add(secrets, from.getSecretRef().getName(), from.getSecretRef().getOptional());
        }
        if (from.getConfigMapRef() != null) {
          add(configMaps, from.getConfigMapRef().getName(), from.getConfigMapRef().getOptional());
        }
      }
    }

    private void of(Volume volume) {
      if (volume.getSecret() != null) {
        add(secrets, volume.getSecret().getSecretName(), volume.getSecret().getOptional());
      }
      if (volume.getConfigMap() != null) {
        add(configMaps, volume.getConfigMap().getName(), volume.getConfigMap().getOptional());
      }
      if (volume.getProjected() != null) {
        for (var source : orEmpty(volume.getProjected().getSources())) {
          if (source.getSecret() != null) {
            add(secrets, source.getSecret().getName(), source.getSecret().getOptional());
          }
          if (source.getConfigMap() != null) {
            add(configMaps, source.getConfigMap().getName(), source.getConfigMap().getOptional());
          }
        }
      }
    }

    private void add(Set<String> names, @Nullable String name, @Nullable Boolean isOptional) {
      if (name == null || name.equals(CLUSTER_CA)) {
        return;
      }
      (Boolean.TRUE.equals(isOptional) ? optional : names).add(name);
    }
  }

  private static ResourceDefinitionContext kind(String kind) {
    return new ResourceDefinitionContext.Builder()
        .withGroup("core.supabase.io")
        .withVersion("v1alpha1")
        .withKind(kind)
        .withPlural(kind.toLowerCase(Locale.ROOT) + "s")
        .withNamespaced(true)
        .build();
  }

  private static <T> List<T> orEmpty(@Nullable Collection<T> items) {
    return items == null ? List.of() : List.copyOf(items);
  }
}
