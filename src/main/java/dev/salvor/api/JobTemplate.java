package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the Jobs look in a cluster. Cannot ask for privilege, capabilities or host paths. */
@Model
public record JobTemplate(
    @JsonPropertyDescription("Labels for the pods.") @Nullable Map<String, String> labels,
    @JsonPropertyDescription("Annotations for the pods.") @Nullable Map<String, String> annotations,
    @JsonPropertyDescription("Nodes the pods may run on.")
        @Nullable Map<String, String> nodeSelector,
    @Size(min = 0, max = 32) @JsonPropertyDescription("Taints that are tolerated.")
        @Nullable List<Toleration> tolerations,
    @Pattern(Names.DNS_SUBDOMAIN)
        @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
        @JsonPropertyDescription("Priority class of the pods.")
        @Nullable String priorityClassName,
    @JsonPropertyDescription("Requests and limits of the worker.") @Nullable Resources resources,
    @Pattern("^[0-9]{1,6}([KMGT]i?)?$")
        @Size(min = 1, max = 12)
        @JsonPropertyDescription("Size of the scratch space.")
        @Nullable String scratchSize) {
  /** As in a pod. */
  @Model
  public record Toleration(
      @Size(min = 1, max = 316) @JsonPropertyDescription("Taint key; unset means all.")
          @Nullable String key,
      @Pattern("^(Exists|Equal)$")
          @Size(min = 5, max = 6)
          @JsonPropertyDescription("Exists or Equal.")
          @Nullable String operator,
      @Size(min = 0, max = 63) @JsonPropertyDescription("Taint value.") @Nullable String value,
      @Pattern("^(NoSchedule|PreferNoSchedule|NoExecute)$")
          @Size(min = 9, max = 16)
          @JsonPropertyDescription("NoSchedule, PreferNoSchedule or NoExecute; unset means all.")
          @Nullable String effect,
      @Min(0) @JsonPropertyDescription("How long NoExecute is tolerated.")
          @Nullable Long tolerationSeconds) {}

  /** Requests and limits. */
  @Model
  public record Resources(
      @JsonPropertyDescription("What is set aside.") @Nullable ResourceAmounts requests,
      @JsonPropertyDescription("What may be used at most.") @Nullable ResourceAmounts limits) {}

  /** Amounts of CPU and memory. */
  @Model
  public record ResourceAmounts(
      @Pattern("^[0-9]{1,6}(\\.[0-9]{1,3})?m?$")
          @Size(min = 1, max = 12)
          @JsonPropertyDescription("CPU, such as 500m.")
          @Nullable String cpu,
      @Pattern("^[0-9]{1,12}([KMGT]i?)?$")
          @Size(min = 1, max = 16)
          @JsonPropertyDescription("Memory, such as 512Mi.")
          @Nullable String memory) {}
}
