package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementTest {
  private static final String KEY = "node.kubernetes.io/unschedulable";

  private static Job job(String name) {
    var order = Objects.requireNonNull(JobCases.all().get(name));
    return new JobRendering(order.settings()).render(order.order());
  }

  private static Job with(Job job, String annotation, String value) {
    return new JobBuilder(job)
        .editMetadata()
        .addToAnnotations(annotation, value)
        .endMetadata()
        .build();
  }

  private static Node tainted(String key, String value, String effect) {
    return new NodeBuilder().withNewSpec().addNewTaint(effect, key, null, value).endSpec().build();
  }

  private static Job tolerating(Toleration... tolerations) {
    return new JobBuilder(job("backup-claims-on-nodes"))
        .editSpec()
        .editTemplate()
        .editSpec()
        .withTolerations(tolerations)
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }

  @Test
  void aRunIsOnTheNodesThatHaveYetToRead() {
    var run = job("backup-claims-on-nodes");
    var legs = Leg.of(run);
    var last = legs.getLast().node();
    var own = Placement.nodes(with(run, JobLabels.SHARES, "a,".repeat(legs.size()) + "a"));

    assertThat(legs).hasSizeGreaterThan(1);
    assertThat(own).hasSize(1).doesNotContain(last);
    assertThat(Placement.nodes(run)).hasSize(legs.size() + 1).containsAll(own).contains(last);
    assertThat(Placement.nodes(with(run, JobLabels.SHARES, "a")))
        .hasSize(legs.size())
        .doesNotContain(legs.getFirst().node());
    assertThat(Placement.nodes(job("backup"))).isEmpty();
  }

  @Test
  void aNodeThatIsGoneTakesNoPods() {
    assertThat(Placement.obstacle(tolerating(), "n1", null)).get().asString().contains("n1");
  }

  @ParameterizedTest
  @CsvSource({
    "NoSchedule, , , , , true",
    "NoExecute, , , , , true",
    "PreferNoSchedule, , , , , false",
    "NoSchedule, , Exists, , , false",
    "NoSchedule, other, Exists, , , true",
    "NoSchedule, node.kubernetes.io/unschedulable, Exists, , , false",
    "NoSchedule, node.kubernetes.io/unschedulable, Exists, , NoExecute, true",
    "NoSchedule, node.kubernetes.io/unschedulable, Exists, , NoSchedule, false",
    "NoSchedule, node.kubernetes.io/unschedulable, , yes, , false",
    "NoSchedule, node.kubernetes.io/unschedulable, Equal, no, , true",
  })
  void aTaintThatIsNotToleratedKeepsItOff(
      String taint, String key, String operator, String value, String effect, boolean isKeptOff) {
    var asked = new Toleration(effect, key, operator, null, value);
    var none = operator == null && key == null;

    assertThat(
            Placement.obstacle(
                none ? tolerating() : tolerating(asked), "n1", tainted(KEY, "yes", taint)))
        .matches(found -> found.isPresent() == isKeptOff)
        .matches(found -> found.filter(why -> !why.contains(KEY)).isEmpty());
  }

  @Test
  void aNodeWithoutTaintsTakesThem() {
    var node = new NodeBuilder().withNewSpec().withTaints(List.of()).endSpec().build();

    assertThat(Placement.obstacle(tolerating(), "n1", node)).isEmpty();
  }
}
