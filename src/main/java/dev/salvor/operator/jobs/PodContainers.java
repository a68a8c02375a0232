package dev.salvor.operator.jobs;

import dev.salvor.api.JobTemplate;
import dev.salvor.api.Verification;
import dev.salvor.plan.Footing;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.SandboxScript;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.WorkerEnvironment;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The containers of one pod, and the volumes that they brought with them. */
final class PodContainers {
  /** The one container of most runs. */
  static final String WORKER = "worker";

  /** A verification's first: the store's credentials, no server. */
  static final String FETCH = "fetch";

  /** The server that a verification restores into: neither credentials nor store. */
  static final String SERVER = "server";

  /** A verification's last but for checks of the user: no credentials. */
  static final String COMPARE = "compare";

  /** The last of a verification with programs of the user: no credentials. */
  static final String CONCLUDE = "conclude";

  /** The entry point of Salvor's image. */
  private static final String PROGRAM = "salvor";

  private static final String TERMINATION_LOG = "/dev/termination-log";

  private final JobSettings settings;
  private final JobOrder order;
  private final ScratchSpace scratch;
  private final Map<String, Volume> volumes = new LinkedHashMap<>();

  PodContainers(JobSettings settings, JobOrder order) {
    this.settings = settings;
    this.order = order;
    this.scratch = ScratchSpace.of(order.template(), order.launch());
  }

  /** The volumes of all containers that were made. */
  List<Volume> volumes() {
    return List.copyOf(volumes.values());
  }

  /** The container of a run with one Task. */
  Container worker(Task task) {
    var mounted = store();
    mounted.addAll(data());
    mounted.addAll(configuration(task));
    var worker =
        worker(
            WORKER,
            task,
            mounted,
            ScratchSpace.holdsDump(task) || ScratchSpace.stagesObjects(task)
                ? scratch
                : scratch.ofNode());
    if (ScratchSpace.stagesObjects(task)) {
      worker.addToEnv(variable(WorkerEnvironment.SCRATCH_BYTES, bytes(scratch)));
    }
    if (!ClaimCopy.of(order.launch()).isEmpty()) {
      worker.addToEnv(told(WorkerEnvironment.SOURCE_TIMES, JobLabels.SOURCE_TIMES));
    }
    if (!Leg.nodes(order.launch()).isEmpty()) {
      worker.addToEnv(told(WorkerEnvironment.SPAN, JobLabels.SPAN));
    }
    return worker.build();
  }

  /** What a project's own objects hold; only the worker reads it. */
  private List<Mounted> configuration(Task task) {
    if (!(task instanceof Task.Backup backup)
        || !(backup.source() instanceof SupabaseProject project)) {
      return List.of();
    }
    var mode = Identities.secretMode(identity());
    var mounted = project.mounted();
    return IntStream.range(0, mounted.size())
        .mapToObj(number -> Mounted.configuration(number, mounted.get(number), mode))
        .toList();
  }

  /** Known when the run was prepared for, and written to the pod then. */
  private static EnvVar told(String variable, String annotation) {
    return new EnvVarBuilder()
        .withName(variable)
        .withNewValueFrom()
        .withNewFieldRef()
        .withFieldPath("metadata.annotations['" + annotation + "']")
        .endFieldRef()
        .endValueFrom()
        .build();
  }

  Container fetch(Task.Fetch task) {
    var more = store();
    more.add(sandbox());
    return worker(FETCH, task, more, scratch.ofNode())
        .addToEnv(
            sandboxVariable(),
            variable(WorkerEnvironment.SANDBOX_BYTES, bytes(scratch.sandbox())),
            variable(WorkerEnvironment.SANDBOX_USER, Long.toString(Identities.USER)))
        .build();
  }

  private static String bytes(ScratchSpace space) {
    return space.size().getNumericalAmount().toBigInteger().toString();
  }

  Container compare(Task.Compare task) {
    return inSandbox(COMPARE, task);
  }

  /** Gives the verdict after the checks: no credentials. */
  Container conclude(Task.Conclude task) {
    return inSandbox(CONCLUDE, task);
  }

  private Container inSandbox(String name, Task task) {
    return worker(name, task, new ArrayList<>(List.of(sandbox())), scratch.ofNode())
        .addToEnv(sandboxVariable())
        .build();
  }

  /**
   * A program of the user, which sees the copy of the files, a folder of its own and nothing else.
   * An init container: the kubelet begins the next one, and Conclude at last, only if it ended
   * well.
   */
  Container check(int number, Verification.Check check) {
    var command = Objects.requireNonNull(check.command());
    var name = UserCheck.container(number);
    var access =
        Boolean.TRUE.equals(command.writable()) ? Footing.Access.WRITE : Footing.Access.READ;
    return mounting(
            container(name, command.image()),
            List.of(Mounted.temporary(name, scratch.temporarySize())))
        .addToVolumeMounts(Mounted.trees(access))
        .withSecurityContext(Identities.ofCheck(identity(), command.runAs()))
        .withCommand(command.command().stream().map(PodContainers::literal).toList())
        .withEnv(
            variable(UserCheck.NAME, check.name()),
            variable(UserCheck.SECONDS, String.valueOf(UserCheck.timeout(check).toSeconds())),
            variable("HOME", "/tmp"))
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .withResources(ContainerResources.check(command.resources()))
        .build();
  }

  /** The kubelet would put variables in for {@code $(NAME)}, and makes one {@code $} of two. */
  static String literal(String argument) {
    return argument.replace("$", "$$");
  }

  /** A native sidecar: it is ended when Compare has ended, and the pod does not wait for it. */
  Container server() {
    var image = settings.sandboxImage() == null ? settings.image() : settings.sandboxImage();
    return mounting(container(SERVER, image), List.of(Mounted.temporary(SERVER)))
        .addAllToVolumeMounts(Mounted.ofServer())
        .withSecurityContext(Identities.ofServer(identity()))
        .withRestartPolicy("Always")
        .withCommand(SandboxScript.command().stream().map(PodContainers::literal).toList())
        .withEnv(sandboxVariable())
        .withResources(ContainerResources.server())
        .build();
  }

  private ContainerBuilder worker(
      String name, Task task, List<Mounted> mounted, ScratchSpace space) {
    var mode = Identities.secretMode(identity());
    for (var source : task.header().credentials()) {
      switch (source) {
        case CredentialSource.Secret secret -> mounted.add(Mounted.credential(secret, mode));
        case CredentialSource.Container container ->
            throw new IllegalStateException(container.text() + " is refused in a cluster");
      }
    }
    mounted.add(Mounted.memory(name));
    mounted.add(Mounted.scratch(name, space));
    mounted.add(Mounted.temporary(name));
    return mounting(asWriterOfTheStore(container(name, settings.image())), mounted)
        .withArgs("worker")
        .withEnv(
            variable(WorkerEnvironment.TASK, TaskJson.write(task)),
            variable(WorkerEnvironment.CREDENTIALS, Mounted.CREDENTIALS),
            variable(WorkerEnvironment.REPORT, TERMINATION_LOG),
            variable(WorkerEnvironment.SCRATCH, Mounted.SCRATCH),
            variable("XDG_RUNTIME_DIR", Mounted.MEMORY))
        .withTerminationMessagePath(TERMINATION_LOG)
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .withResources(ContainerResources.worker(stated(), order.memoryFactor()));
  }

  private ContainerBuilder asWriterOfTheStore(ContainerBuilder worker) {
    var becoming = Identities.becomingSalvor(identity());
    return order.storeClaim() == null || becoming.isEmpty()
        ? worker
        : worker
            .withCommand(Stream.concat(becoming.stream(), Stream.of(PROGRAM)).toList())
            .withSecurityContext(Identities.beforeBecomingSalvor(identity()));
  }

  private List<JobTemplate.Resources> stated() {
    var template = order.template();
    var stated = new ArrayList<JobTemplate.Resources>();
    if (template != null && template.resources() != null) {
      stated.add(template.resources());
    }
    if (settings.resources() != null) {
      stated.add(settings.resources());
    }
    return stated;
  }

  private ContainerBuilder container(String name, String image) {
    return new ContainerBuilder()
        .withName(name)
        .withImage(image)
        .withImagePullPolicy(settings.imagePullPolicy())
        .withSecurityContext(Identities.ofContainer(identity()));
  }

  private ContainerBuilder mounting(ContainerBuilder container, List<Mounted> mounted) {
    for (var one : mounted) {
      volumes.putIfAbsent(one.volume().getName(), one.volume());
      one.into(container);
    }
    return container;
  }

  private List<Mounted> store() {
    var claim = order.storeClaim();
    return claim == null ? new ArrayList<>() : new ArrayList<>(List.of(Mounted.claim(claim)));
  }

  private Mounted sandbox() {
    return Mounted.sandbox(scratch.sandbox());
  }

  private Footing.Identity identity() {
    return order.launch().footing().identity();
  }

  /** The claims that the run works on and that its node has. */
  private List<Mounted> data() {
    var mounts = order.launch().footing().mounts();
    return IntStream.range(0, mounts.size())
        .filter(number -> mounts.get(number).elsewhere() == null)
        .mapToObj(number -> data(number, mounts.get(number)))
        .toList();
  }

  private Mounted data(int number, Footing.Mount mount) {
    var claim =
        mount.copy() == null
            ? mount.claim()
            : ClaimCopy.name(order.launch().labels().name(), number);
    return Mounted.data(number, mount, claim, scratch.size());
  }

  private static EnvVar sandboxVariable() {
    return variable(WorkerEnvironment.SANDBOX, SandboxFolder.MOUNT);
  }

  private static EnvVar variable(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }
}
