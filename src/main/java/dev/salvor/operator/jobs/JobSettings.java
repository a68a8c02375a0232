package dev.salvor.operator.jobs;

import dev.salvor.api.JobTemplate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the installation says about every Job.
 *
 * @param image Salvor's own
 * @param imagePullPolicy of all containers
 * @param imagePullSecrets names of Secrets in the namespace of the Job
 * @param resources of workers, where a policy's template is silent; null: the built-in ones
 * @param sandboxImage of the server that a verification restores into; null: Salvor's own
 */
public record JobSettings(
    String image,
    String imagePullPolicy,
    List<String> imagePullSecrets,
    JobTemplate.@Nullable Resources resources,
    @Nullable String sandboxImage) {}
