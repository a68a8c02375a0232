package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The Pod Security Standards, level {@code restricted}, control by control
 * (kubernetes.io/docs/concepts/security/pod-security-standards). Says what a pod does against it.
 */
final class RestrictedPod {
  private static final Set<String> VOLUMES =
      Set.of(
          "configMap",
          "csi",
          "downwardAPI",
          "emptyDir",
          "ephemeral",
          "persistentVolumeClaim",
          "projected",
          "secret");

  /** Capabilities that may be added (Pod Security Standards, level baseline). */
  private static final Set<String> BASELINE =
      Set.of(
          "AUDIT_WRITE",
          "CHOWN",
          "DAC_OVERRIDE",
          "FOWNER",
          "FSETID",
          "KILL",
          "MKNOD",
          "NET_BIND_SERVICE",
          "SETFCAP",
          "SETGID",
          "SETPCAP",
          "SETUID",
          "SYS_CHROOT");

  private final List<String> violations = new ArrayList<>();

  private RestrictedPod() {}

  static List<String> violations(PodTemplateSpec template) {
    var check = new RestrictedPod();
    check.pod(template.getSpec());
    check.expect(
        template.getMetadata().getAnnotations().keySet().stream()
            .noneMatch(key -> key.contains("apparmor") || key.contains("seccomp")),
        "annotations for AppArmor or seccomp");
    containers(template.getSpec()).forEach(container -> check.container(template, container));
    return check.violations;
  }

  /** Root with these capabilities: what level {@code baseline} lets through beyond it. */
  static List<String> violationsAsRoot(PodTemplateSpec template, Set<String> capabilities) {
    var root = new ArrayList<>(List.of("runAsNonRoot", "runAsUser"));
    containers(template.getSpec())
        .forEach(
            container -> {
              if (UserCheck.isOf(container) || isServer(container)) {
                return;
              }
              root.add(container.getName() + ": add");
              assertThat(container.getSecurityContext().getCapabilities().getAdd())
                  .containsExactlyInAnyOrderElementsOf(capabilities)
                  .isSubsetOf(BASELINE);
            });
    return violations(template).stream().filter(it -> !root.contains(it)).toList();
  }

  /** PostgreSQL does not run as root. */
  private static boolean isServer(Container container) {
    return container.getName().equals("server");
  }

  private static boolean isOfRoot(PodSpec pod) {
    return Objects.equals(pod.getSecurityContext().getRunAsUser(), 0L);
  }

  static Stream<Container> containers(PodSpec pod) {
    return Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream());
  }

  private void pod(PodSpec pod) {
    expect(pod.getHostNetwork() == null, "hostNetwork");
    expect(pod.getHostPID() == null, "hostPID");
    expect(pod.getHostIPC() == null, "hostIPC");
    expect(pod.getHostname() == null, "hostname");
    var context = pod.getSecurityContext();
    expect(Boolean.TRUE.equals(context.getRunAsNonRoot()), "runAsNonRoot");
    expect(!Objects.equals(context.getRunAsUser(), 0L), "runAsUser");
    expect(context.getSeLinuxOptions() == null, "seLinuxOptions");
    expect(context.getAppArmorProfile() == null, "appArmorProfile");
    expect(context.getWindowsOptions() == null, "windowsOptions");
    expect(context.getSysctls() == null || context.getSysctls().isEmpty(), "sysctls");
    expect(
        context.getSeccompProfile() != null
            && "RuntimeDefault".equals(context.getSeccompProfile().getType()),
        "seccompProfile");
    for (var volume : pod.getVolumes()) {
      kinds(volume).forEach(kind -> expect(VOLUMES.contains(kind), "volume " + kind));
    }
  }

  private void container(PodTemplateSpec template, Container container) {
    var name = container.getName();
    var context = container.getSecurityContext();
    expect(Boolean.FALSE.equals(context.getAllowPrivilegeEscalation()), name + ": escalation");
    expect(!Boolean.TRUE.equals(context.getPrivileged()), name + ": privileged");
    expect(context.getCapabilities().getDrop().equals(List.of("ALL")), name + ": drop");
    expect(context.getCapabilities().getAdd().isEmpty(), name + ": add");
    if (UserCheck.isOf(container) || (isServer(container) && isOfRoot(template.getSpec()))) {
      expect(context.getRunAsUser() > 0, name + ": root");
      expect(context.getRunAsGroup() > 0, name + ": group of root");
      expect(Boolean.TRUE.equals(context.getRunAsNonRoot()), name + ": runAsNonRoot");
    } else {
      expect(context.getRunAsUser() == null, name + ": a user of its own");
      expect(context.getRunAsNonRoot() == null, name + ": runAsNonRoot of its own");
    }
    expect(context.getSeccompProfile() == null, name + ": seccompProfile of its own");
    expect(context.getProcMount() == null, name + ": procMount");
    expect(context.getSeLinuxOptions() == null, name + ": seLinuxOptions");
    expect(context.getAppArmorProfile() == null, name + ": appArmorProfile");
    expect(context.getWindowsOptions() == null, name + ": windowsOptions");
    expect(container.getPorts().isEmpty(), name + ": ports");
    expect(container.getLifecycle() == null, name + ": lifecycle");
    expect(container.getLivenessProbe() == null, name + ": livenessProbe");
    expect(template.getSpec().getEphemeralContainers().isEmpty(), "ephemeral containers");
  }

  private static Stream<String> kinds(Volume volume) {
    Map<?, ?> fields = Serialization.unmarshal(Serialization.asJson(volume), Map.class);
    return fields.keySet().stream().map(String::valueOf).filter(key -> !key.equals("name"));
  }

  private void expect(boolean holds, String what) {
    if (!holds) {
      violations.add(what);
    }
  }
}
