package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the Jobs look in a cluster. Cannot ask for privilege, capabilities or host paths. */
@Model
@ValidationRule(
    value =
        "(!has(self.labels) || self.labels.all(key, key.size() <= 317)) && (!has(self.annotations)"
            + " || self.annotations.all(key, key.size() <= 317)) && (!has(self.nodeSelector) ||"
            + " self.nodeSelector.all(key, key.size() <= 317))",
    message = "keys of labels, annotations and nodeSelector have at most 317 characters")
@ValidationRule(
    value =
        "(!has(self.labels) || !self.labels.exists(key, key.startsWith('salvor.dev/'))) &&"
            + " (!has(self.annotations) || !self.annotations.exists(key,"
            + " key.startsWith('salvor.dev/')))",
    message = "labels and annotations under salvor.dev/ are Salvor's own")
@ValidationRule(
    value =
        "(!has(self.labels) || !self.labels.exists(key, key == 'app.kubernetes.io/instance' ||"
            + " key.startsWith('argocd.argoproj.io/') ||"
            + " key.startsWith('kustomize.toolkit.fluxcd.io/') ||"
            + " key.startsWith('helm.toolkit.fluxcd.io/'))) && (!has(self.annotations) ||"
            + " !self.annotations.exists(key, key.startsWith('argocd.argoproj.io/') ||"
            + " key.startsWith('kustomize.toolkit.fluxcd.io/') ||"
            + " key.startsWith('helm.toolkit.fluxcd.io/')))",
    message =
        "labels and annotations by which Argo CD or Flux track would have the running Jobs pruned")
@ValidationRule(
    value =
        "!has(self.annotations) || !self.annotations.exists(key,"
            + " key.startsWith('container.apparmor.security.beta.kubernetes.io/') ||"
            + " key.startsWith('seccomp.security.alpha.kubernetes.io/') ||"
            + " key.startsWith('container.seccomp.security.alpha.kubernetes.io/'))",
    message = "annotations cannot loosen AppArmor or seccomp")
public record JobTemplate(
    @Size(min = 0, max = 32) @JsonPropertyDescription("Labels for the pods.")
        @Nullable
            Map<
                String,
                @Pattern(Names.LABEL_VALUE) @Size(min = 0, max = Names.LABEL_VALUE_LENGTH) String>
            labels,
    @Size(min = 0, max = 32) @JsonPropertyDescription("Annotations for the pods.")
        @Nullable Map<String, @Size(min = 0, max = 4096) String> annotations,
    @Size(min = 0, max = 32) @JsonPropertyDescription("Nodes the pods may run on.")
        @Nullable
            Map<
                String,
                @Pattern(Names.LABEL_VALUE) @Size(min = 0, max = Names.LABEL_VALUE_LENGTH) String>
            nodeSelector,
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
        @Nullable String scratchSize,
    @Pattern(Names.DNS_SUBDOMAIN)
        @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
        @JsonPropertyDescription(
            "Storage class of which the scratch space is a claim that lives as long as the pod;"
                + " unset: a folder of the node.")
        @Nullable String scratchStorageClassName) {
  /** As in a pod. */
  @Model
  public record Toleration(
      @Size(min = 1, max = 317) @JsonPropertyDescription("Taint key; unset means all.")
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
      @Min(0) @Max(31536000) @JsonPropertyDescription("How long NoExecute is tolerated.")
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
