package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.JobTemplate.ResourceAmounts;
import dev.salvor.api.JobTemplate.Resources;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ContainerResourcesTest {
  static Stream<Arguments> stated() {
    return Stream.of(
        Arguments.of(List.of(), 1, "cpu=100m memory=256Mi", "memory=768Mi"),
        Arguments.of(List.of(), 2, "cpu=100m memory=512Mi", "memory=1536Mi"),
        Arguments.of(
            List.of(of(amounts("1", null), null), of(amounts("2", "300Mi"), amounts("3", "1Gi"))),
            1,
            "cpu=1 memory=300Mi",
            "cpu=3 memory=1Gi"),
        Arguments.of(
            List.of(of(amounts(null, "2Gi"), null)), 1, "cpu=100m memory=2Gi", "memory=2Gi"),
        Arguments.of(
            List.of(of(null, amounts("50m", "128Mi"))),
            1,
            "cpu=50m memory=128Mi",
            "cpu=50m memory=128Mi"),
        Arguments.of(
            List.of(of(null, amounts(null, "900000K"))),
            2,
            "cpu=100m memory=512Mi",
            "memory=1800000k"));
  }

  private static Resources of(
      @Nullable ResourceAmounts requests, @Nullable ResourceAmounts limits) {
    return new Resources(requests, limits);
  }

  private static ResourceAmounts amounts(@Nullable String cpu, @Nullable String memory) {
    return new ResourceAmounts(cpu, memory);
  }

  @ParameterizedTest
  @MethodSource("stated")
  void whatIsStatedHoldsAndTheRestFits(
      List<Resources> stated, int memoryFactor, String requests, String limits) {
    var resources = ContainerResources.worker(stated, memoryFactor);

    assertThat(text(resources.getRequests())).isEqualTo(requests);
    assertThat(text(resources.getLimits())).isEqualTo(limits);
  }

  private static String text(Map<String, Quantity> amounts) {
    return amounts.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .sorted()
        .collect(Collectors.joining(" "));
  }
}
