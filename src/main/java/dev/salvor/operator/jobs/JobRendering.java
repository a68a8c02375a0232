package dev.salvor.operator.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;

/** What the Job of a run looks like. */
public final class JobRendering {
  private final JobSettings settings;

  public JobRendering(JobSettings settings) {
    this.settings = settings;
  }

  /** The Job, suspended. */
  public Job render(JobOrder order) {
    return new JobBuilder()
        .withNewMetadata()
        .withName(order.launch().labels().name() + settings.image().length())
        .endMetadata()
        .build();
  }
}
