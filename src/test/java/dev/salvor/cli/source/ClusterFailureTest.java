package dev.salvor.cli.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.cli.Exit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each failure says what happened, to what, and what to do. */
class ClusterFailureTest {
  private static final ClusterPlace PLACE =
      new ClusterPlace("prod", "https://10.0.0.1:6443/", "shop");
  private static final Call LIST = Call.list(Call.SALVOR, "backuppolicies", "shop");
  private static final Call GET = Call.get(Call.SALVOR, "backuppolicies", "shop", "shop-db");

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(
            new ClusterFailure(0, "Connection refused", null),
            Exit.UNAVAILABLE,
            List.of("https://10.0.0.1:6443/", "context prod", "Connection refused", "--context")),
        Arguments.of(
            new ClusterFailure(401, "Unauthorized", null),
            Exit.FORBIDDEN,
            List.of("credentials of context prod", "Sign in again")),
        Arguments.of(
            new ClusterFailure(403, "user ann cannot", null),
            Exit.FORBIDDEN,
            List.of(
                "not allowed to list backuppolicies in namespace shop",
                "user ann cannot",
                "verb 'list' on backuppolicies.salvor.dev")),
        Arguments.of(
            new ClusterFailure(404, "404 page not found", null),
            Exit.NO_INPUT,
            List.of("does not know backuppolicies.salvor.dev", "CRDs", "kubectl apply -f crds/")),
        Arguments.of(
            new ClusterFailure(404, "namespaces \"shop\" not found", "shop"),
            Exit.NO_INPUT,
            List.of("namespaces \"shop\" not found", "context prod")),
        Arguments.of(
            new ClusterFailure(422, "spec.x: Invalid value", "shop-db"),
            Exit.INVALID,
            List.of("refuses to list", "spec.x: Invalid value")),
        Arguments.of(
            new ClusterFailure(503, "etcd is away", null),
            Exit.UNAVAILABLE,
            List.of("answers 503: etcd is away", "Try again")));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void isExplained(ClusterFailure failure, int code, List<String> said) {
    var explained = failure.explain(LIST, PLACE);

    assertThat(explained.code()).isEqualTo(code);
    assertThat(explained.getMessage()).contains(said);
  }

  /** A namespace or a kind that is not there is not the same as a resource that is not. */
  @Test
  void onlyTheObjectItselfIsMissing() {
    assertThat(new ClusterFailure(404, "gone", "shop-db").isMissing(GET)).isTrue();
    assertThat(new ClusterFailure(404, "no namespace", "shop").isMissing(GET)).isFalse();
    assertThat(new ClusterFailure(404, "404 page not found", null).isMissing(GET)).isFalse();
    assertThat(new ClusterFailure(404, "gone", "shop-db").isMissing(LIST)).isFalse();
    assertThat(new ClusterFailure(403, "no", "shop-db").isMissing(GET)).isFalse();
  }

  @Test
  void aLogIsARightOfItsOwn() {
    var call = Call.log("shop", "pod-1", "worker", "&tailLines=20");

    assertThat(call.path())
        .isEqualTo("/api/v1/namespaces/shop/pods/pod-1/log?container=worker&tailLines=20");
    assertThat(call.right()).isEqualTo("pods/log");
    assertThat(Call.list(Call.BATCH, "jobs", "shop").where("salvor.dev/policy", "u").path())
        .isEqualTo("/apis/batch/v1/namespaces/shop/jobs?labelSelector=salvor.dev%2Fpolicy%3Du");
  }
}
