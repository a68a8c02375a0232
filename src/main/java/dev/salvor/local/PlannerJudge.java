package dev.salvor.local;

import dev.salvor.local.state.StoredResource;

/** Asks the planners: gathers what each of them looks at. */
final class PlannerJudge implements Judge {
  @Override
  public Judgement judge(StoredResource resource, World world) {
    throw new IllegalStateException("no planner yet for " + resource.key());
  }
}
