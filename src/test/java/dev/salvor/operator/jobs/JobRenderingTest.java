package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.salvor.api.Verification;
import dev.salvor.plan.Purpose;
import dev.salvor.task.SandboxScript;
import dev.salvor.task.TaskJson;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each Job is, to the letter, the manifest that was looked at and committed. */
class JobRenderingTest {
  private static final Path MANIFESTS = Path.of("src/test/resources/jobs");

  /** What was rendered, to be looked at and copied when a change is meant. */
  private static final Path RENDERED = Path.of("target/jobs");

  private static final Set<String> RESTORING =
      Set.of("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD", "SETFCAP");

  private static final Set<String> AND_BECOMING =
      Set.of("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD", "SETFCAP", "SETGID", "SETUID");

  /** What has to do with volumes as root, and its capabilities. */
  private static final Map<String, Set<String>> AS_ROOT =
      Map.ofEntries(
          Map.entry("backup-claims", Set.of("DAC_OVERRIDE")),
          Map.entry("backup-claims-by-snapshot", Set.of("DAC_OVERRIDE")),
          Map.entry("backup-claims-to-claim", Set.of("DAC_OVERRIDE", "SETGID", "SETUID")),
          Map.entry("backup-claims-on-nodes", Set.of("DAC_OVERRIDE")),
          Map.entry("backup-devices", Set.of("DAC_OVERRIDE")),
          Map.entry("backup-supabase", Set.of("DAC_OVERRIDE")),
          Map.entry("restore-device", RESTORING),
          Map.entry("restore-claim", RESTORING),
          Map.entry("restore-claim-planned", RESTORING),
          Map.entry("verify-claims", RESTORING),
          Map.entry("verify-claims-with-commands", RESTORING),
          Map.entry("verify-supabase", RESTORING),
          Map.entry("verify-supabase-on-claim", AND_BECOMING));

  private static final List<String> WITH_SERVER =
      List.of(
          "verify", "verify-with-template-on-claim", "verify-supabase", "verify-supabase-on-claim");

  static Stream<String> cases() {
    return JobCases.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isAsCommitted(String name) throws IOException {
    var rendered = Serialization.asYaml(withoutScript(render(name)));
    Files.createDirectories(RENDERED);
    Files.writeString(RENDERED.resolve(name + ".yaml"), rendered);

    assertThat(rendered)
        .as("%s, against %s/%s.yaml", name, RENDERED, name)
        .isEqualTo(Files.readString(MANIFESTS.resolve(name + ".yaml")));
  }

  @Test
  void everyManifestIsOfACase() throws IOException {
    try (var files = Files.list(MANIFESTS)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(cases().map(name -> name + ".yaml").toList());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void meetsTheRestrictedLevelOrIsRootWithoutMore(String name) throws IOException {
    var template = manifest(name).getSpec().getTemplate();
    var capabilities = AS_ROOT.get(name);

    assertThat(
            capabilities == null
                ? RestrictedPod.violations(template)
                : RestrictedPod.violationsAsRoot(template, capabilities))
        .isEmpty();
    assertThat(template.getSpec().getAutomountServiceAccountToken()).isFalse();
    assertThat(containers(name))
        .allSatisfy(it -> assertThat(it.getSecurityContext().getReadOnlyRootFilesystem()).isTrue());
  }

  /** The kubelet would give the files of a claim to the group; and what is read stays as it is. */
  @Test
  void aClaimIsMountedWithoutAnythingThatChangesIt() throws IOException {
    for (var name :
        List.of(
            "backup-claims",
            "backup-claims-to-claim",
            "backup-claims-as-application",
            "backup-supabase",
            "restore-claim")) {
      var pod = manifest(name).getSpec().getTemplate().getSpec();

      assertThat(pod.getSecurityContext().getFsGroup()).as(name).isNull();
      assertThat(pod.getContainers().getFirst().getVolumeMounts())
          .filteredOn(mount -> mount.getMountPath().startsWith("/data/"))
          .isNotEmpty()
          .allSatisfy(
              mount ->
                  assertThat(Boolean.TRUE.equals(mount.getReadOnly()))
                      .isEqualTo(name.startsWith("backup")));
    }
  }

  @Test
  void theRestrictedLevelIsHeldTo() throws IOException {
    var loosened =
        new PodTemplateSpecBuilder(manifest("verify").getSpec().getTemplate())
            .editSpec()
            .withHostNetwork(true)
            .addNewVolume()
            .withName("node")
            .withNewHostPath("/", null)
            .endVolume()
            .editInitContainer(1)
            .editSecurityContext()
            .withPrivileged(true)
            .endSecurityContext()
            .endInitContainer()
            .endSpec()
            .build();

    assertThat(RestrictedPod.violations(loosened))
        .containsExactlyInAnyOrder("hostNetwork", "volume hostPath", "server: privileged");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyContainerHasRequestsAndLimits(String name) throws IOException {
    assertThat(containers(name))
        .isNotEmpty()
        .allSatisfy(
            it -> {
              var resources = it.getResources();
              assertThat(resources.getRequests()).containsOnlyKeys("cpu", "memory");
              assertThat(resources.getLimits()).containsKey("memory");
              assertThat(resources.getLimits())
                  .allSatisfy(
                      (what, limit) ->
                          assertThat(limit)
                              .isGreaterThanOrEqualTo(resources.getRequests().get(what)));
            });
  }

  /** Argo CD and Flux prune what bears these and is not in Git. */
  @ParameterizedTest
  @MethodSource("cases")
  void bearsNothingThatDeployersTrackBy(String name) throws IOException {
    var job = manifest(name);

    assertThat(
            Stream.of(job.getMetadata(), job.getSpec().getTemplate().getMetadata())
                .flatMap(
                    it ->
                        Stream.concat(
                            it.getLabels().keySet().stream(),
                            it.getAnnotations().keySet().stream())))
        .noneMatch(key -> key.equals("app.kubernetes.io/instance"))
        .noneMatch(
            key -> key.contains("argoproj") || key.contains("fluxcd") || key.contains("helm"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void itsLabelsReadAsTheyWereWritten(String name) throws IOException {
    assertThat(JobLabels.read(manifest(name)))
        .contains(Objects.requireNonNull(JobCases.all().get(name)).order().launch().labels());
  }

  /** SAFETY 17: credentials and data never meet the restored server. */
  @Test
  void aSandboxHasNoCredentialsWhereTheServerIs() throws IOException {
    for (var name : WITH_SERVER) {
      var pod = manifest(name).getSpec().getTemplate().getSpec();
      var fetch = mounts(pod, "fetch");

      assertThat(fetch).anyMatch(it -> it.startsWith("credential-"));
      for (var sealed : List.of("server", "compare")) {
        assertThat(mounts(pod, sealed))
            .isNotEmpty()
            .filteredOn(it -> !it.equals("sandbox"))
            .doesNotContainAnyElementsOf(fetch);
      }
    }
  }

  /** A restored database carries out what its owner wrote: it could prove itself. */
  @Test
  void theServerSeesNothingOfThePointAndIsNotRoot() throws IOException {
    for (var name : WITH_SERVER) {
      var server =
          containers(name).stream()
              .filter(it -> it.getName().equals("server"))
              .findFirst()
              .orElseThrow();
      var pod = manifest(name).getSpec().getTemplate().getSpec().getSecurityContext();
      var own = server.getSecurityContext();

      assertThat(server.getVolumeMounts())
          .extracting(VolumeMount::getMountPath, VolumeMount::getSubPath)
          .containsExactlyInAnyOrder(
              tuple("/sandbox/data", "data"),
              tuple("/sandbox/server", "server"),
              tuple("/sandbox/socket", "socket"),
              tuple("/etc/passwd", "passwd"),
              tuple("/tmp", null));
      assertThat(own.getCapabilities().getAdd()).as(name).isEmpty();
      assertThat(own.getRunAsUser() == null ? pod.getRunAsUser() : own.getRunAsUser())
          .as(name)
          .isEqualTo(65532);
      assertThat(fetchVariable(name)).as(name).isEqualTo("65532");
    }
  }

  /** Whom Fetch makes the server's folders for. */
  private static String fetchVariable(String name) throws IOException {
    return containers(name).getFirst().getEnv().stream()
        .filter(it -> it.getName().equals("SALVOR_SANDBOX_USER"))
        .map(EnvVar::getValue)
        .findFirst()
        .orElseThrow();
  }

  /** Each is a program of somebody else, beside data and without anything else of Salvor's. */
  @ParameterizedTest
  @ValueSource(strings = {"verify-claims-with-commands", "verify-claims-as-application"})
  void aCheckSeesTheCopyAndAFolderOfItsOwn(String name) throws IOException {
    var pod = manifest(name).getSpec().getTemplate().getSpec();
    var checks = containers(name).stream().filter(UserCheck::isOf).toList();

    assertThat(checks).isNotEmpty();
    for (var check : checks) {
      assertThat(check.getVolumeMounts())
          .extracting(VolumeMount::getName, VolumeMount::getMountPath, VolumeMount::getSubPath)
          .containsExactlyInAnyOrder(
              tuple("sandbox", "/data", "trees"), tuple(check.getName() + "-tmp", "/tmp", null));
      assertThat(check.getEnvFrom()).isEmpty();
      assertThat(check.getEnv()).noneMatch(variable -> variable.getValueFrom() != null);
      assertThat(check.getSecurityContext().getCapabilities().getAdd()).isEmpty();
      assertThat(check.getSecurityContext().getRunAsUser()).isPositive();
    }
    assertThat(pod.getContainers()).extracting(Container::getName).containsExactly("conclude");
    assertThat(mounts(pod, "conclude")).noneMatch(it -> it.startsWith("credential-"));
  }

  /** One check must not see what another one changed. */
  @Test
  void whoMayWriteToTheCopyIsAskedLast() throws IOException {
    assertThat(containers("verify-claims-with-commands").stream().map(Container::getName))
        .containsExactly("fetch", "compare", "check-0", "check-1", "conclude");
    var writable =
        containers("verify-claims-with-commands").stream()
            .filter(UserCheck::isOf)
            .map(
                check ->
                    check.getEnv().getFirst().getValue()
                        + " "
                        + !Boolean.TRUE.equals(
                            check.getVolumeMounts().stream()
                                .filter(mount -> mount.getName().equals("sandbox"))
                                .findFirst()
                                .orElseThrow()
                                .getReadOnly()));
    assertThat(writable).containsExactly("integrity false", "server-starts true");
  }

  /** The kubelet cuts the words of all containers of a pod to 12 KiB (see Verification). */
  @Test
  void theMostCommandsLeaveRoomForEachReport() {
    var salvors = List.of("fetch", "compare", "conclude").size();
    assertThat(12 * 1024 / (salvors + Verification.MOST_COMMANDS)).isGreaterThanOrEqualTo(2048);
  }

  @Test
  void aTaskReachesTheWorkerAsItIs() throws IOException {
    var container = containers("restore").getFirst();
    var text =
        container.getEnv().stream()
            .filter(it -> it.getName().equals("SALVOR_TASK"))
            .map(EnvVar::getValue)
            .findFirst()
            .orElseThrow();

    assertThat(text).doesNotContain("$");
    assertThat(TaskJson.read(text))
        .isEqualTo(
            Objects.requireNonNull(JobCases.all().get("restore"))
                .order()
                .launch()
                .tasks()
                .getFirst());
  }

  @Test
  void aSandboxRunsTheScript() {
    var server = render("verify").getSpec().getTemplate().getSpec().getInitContainers().get(1);

    assertThat(server.getCommand())
        .isEqualTo(SandboxScript.command().stream().map(PodContainers::literal).toList());
    assertThat(server.getArgs()).isEmpty();
  }

  @Test
  void otherSequencesAreRefused() {
    var backup = JobCases.task("Backup", 60, "");
    var rendering = new JobRendering(JobCases.SETTINGS);
    var one = JobCases.backup();
    var twice =
        new JobOrder(
            JobCases.launch(Purpose.BACKUP, backup, backup),
            one.namespace(),
            one.owner(),
            null,
            null,
            1);

    assertThatThrownBy(() -> rendering.render(twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[Backup, Backup]");
  }

  @Test
  void twiceTheMemoryIsTwiceRequestAndLimitOfEachWorker() throws IOException {
    assertThat(memory(containers("backup-with-twice-the-memory").getFirst()))
        .containsExactly(new Quantity("512Mi"), new Quantity("1536Mi"));
    assertThat(containers("verify-with-template-on-claim").stream().map(JobRenderingTest::memory))
        .containsExactly(
            List.of(new Quantity("1Gi"), new Quantity("4Gi")),
            List.of(new Quantity("256Mi"), new Quantity("1Gi")),
            List.of(new Quantity("1Gi"), new Quantity("4Gi")));
  }

  private static List<Quantity> memory(Container container) {
    return List.of(
        container.getResources().getRequests().get("memory"),
        container.getResources().getLimits().get("memory"));
  }

  private static List<String> mounts(PodSpec pod, String container) {
    return RestrictedPod.containers(pod)
        .filter(it -> it.getName().equals(container))
        .flatMap(it -> it.getVolumeMounts().stream())
        .map(VolumeMount::getName)
        .toList();
  }

  private static List<Container> containers(String name) throws IOException {
    return RestrictedPod.containers(manifest(name).getSpec().getTemplate().getSpec()).toList();
  }

  private static Job manifest(String name) throws IOException {
    return Serialization.unmarshal(Files.readString(MANIFESTS.resolve(name + ".yaml")), Job.class);
  }

  /** The script has tests of its own, and a manifest stays one that can be read. */
  private static Job withoutScript(Job job) {
    job.getSpec().getTemplate().getSpec().getInitContainers().stream()
        .filter(container -> container.getName().equals("server"))
        .forEach(server -> server.setCommand(List.of("/bin/sh", "-c", "<sandbox-server.sh>")));
    return job;
  }

  private static Job render(String name) {
    var one = Objects.requireNonNull(JobCases.all().get(name));
    return new JobRendering(one.settings()).render(one.order());
  }
}
