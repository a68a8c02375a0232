package dev.salvor.operator.jobs;

import dev.salvor.api.JobTemplate;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests and limits of a container: what is stated holds, field by field, the policy's word
 * before the installation's; what nobody states is the default, moved where it would contradict
 * what was stated (a limit below a request is refused by the API server).
 */
public final class ContainerResources {
  /** A worker mostly waits for its engines' streams. */
  private static final Quantity CPU = new Quantity("100m");

  private static final Quantity MEMORY = new Quantity("256Mi");

  /** Heap and rest of a small JVM, pg_dump, and some 400 MiB for restic's index. */
  private static final Quantity WORKER_LIMIT = new Quantity("768Mi");

  /** A PostgreSQL server with the default 128 MiB of buffers that builds indexes. */
  private static final Quantity SERVER_LIMIT = new Quantity("1Gi");

  /** A tool that reads files, or a small database server. */
  private static final Quantity CHECK_LIMIT = new Quantity("1Gi");

  private ContainerResources() {}

  /**
   * Of a worker.
   *
   * @param stated the policy's word first
   * @param memoryFactor of both amounts of memory
   */
  static ResourceRequirements worker(List<JobTemplate.Resources> stated, int memoryFactor) {
    return of(
        Amounts.firstOf(stated, JobTemplate.Resources::requests),
        Amounts.firstOf(stated, JobTemplate.Resources::limits),
        WORKER_LIMIT,
        memoryFactor);
  }

  /** Of the server that a verification restores into. */
  static ResourceRequirements server() {
    return of(new Amounts(null, null), new Amounts(null, null), SERVER_LIMIT, 1);
  }

  /** Of a program of the user that looks at a copy. */
  static ResourceRequirements check(JobTemplate.@Nullable Resources stated) {
    var all = stated == null ? List.<JobTemplate.Resources>of() : List.of(stated);
    return of(
        Amounts.firstOf(all, JobTemplate.Resources::requests),
        Amounts.firstOf(all, JobTemplate.Resources::limits),
        CHECK_LIMIT,
        1);
  }

  /** For messages. */
  static String memoryLimit(Container container) {
    var resources = container.getResources();
    var limits = resources == null ? null : resources.getLimits();
    var memory = limits == null ? null : limits.get("memory");
    return memory == null ? "what its node has" : memory.toString();
  }

  private static ResourceRequirements of(
      Amounts requests, Amounts limits, Quantity defaultLimit, int memoryFactor) {
    var requested = new TreeMap<String, Quantity>();
    var limited = new TreeMap<String, Quantity>();
    requested.put("cpu", request(requests.cpu(), limits.cpu(), CPU));
    if (limits.cpu() != null) {
      limited.put("cpu", limits.cpu());
    }
    var request = request(requests.memory(), limits.memory(), MEMORY);
    var limit = limits.memory() == null ? larger(defaultLimit, request) : limits.memory();
    requested.put("memory", request.multiply(memoryFactor));
    limited.put("memory", limit.multiply(memoryFactor));
    return new ResourceRequirementsBuilder().withRequests(requested).withLimits(limited).build();
  }

  private static Quantity request(
      @Nullable Quantity request, @Nullable Quantity limit, Quantity otherwise) {
    if (request != null) {
      return request;
    }
    return limit == null || limit.compareTo(otherwise) >= 0 ? otherwise : limit;
  }

  static Quantity larger(Quantity one, Quantity other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  /**
   * An amount of bytes. A manifest may say {@code K}, as {@code M} and {@code G} are said;
   * Kubernetes knows a thousand as {@code k} only.
   */
  public static Quantity bytes(String text) {
    return new Quantity(text.endsWith("K") ? text.substring(0, text.length() - 1) + "k" : text);
  }

  private record Amounts(@Nullable Quantity cpu, @Nullable Quantity memory) {
    static Amounts firstOf(
        List<JobTemplate.Resources> stated,
        Function<JobTemplate.Resources, JobTemplate.@Nullable ResourceAmounts> side) {
      Quantity cpu = null;
      Quantity memory = null;
      for (var resources : stated) {
        var amounts = side.apply(resources);
        if (cpu == null && amounts != null && amounts.cpu() != null) {
          cpu = new Quantity(amounts.cpu());
        }
        if (memory == null && amounts != null && amounts.memory() != null) {
          memory = bytes(amounts.memory());
        }
      }
      return new Amounts(cpu, memory);
    }
  }
}
