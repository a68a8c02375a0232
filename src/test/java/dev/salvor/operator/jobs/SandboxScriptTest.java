package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.SandboxScript;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SandboxScriptTest {
  @Test
  void theShellGetsTheScriptAsItStands() {
    assertThat(SandboxScript.command()).startsWith("/bin/sh", "-c").hasSize(3);
    var script = PodContainers.literal(SandboxScript.command().getLast());
    var environment = Map.of("1", "taken", "order", "taken", "server", "taken");
    assertThat(asTheKubeletExpands(script, environment).lines())
        .containsExactlyElementsOf(
            SandboxScript.text()
                .lines()
                .filter(line -> !line.isBlank() && !line.strip().startsWith("#"))
                .toList());
    assertThat(script).contains("$$").hasSizeLessThan(8_000);
  }

  /** A text of the database must never be parsed by the shell. */
  @Test
  void nothingIsEvaluated() {
    assertThat(SandboxScript.command().getLast())
        .doesNotContainPattern("\\beval\\b")
        .doesNotContainPattern("(?m)^ *[.] ")
        // Here documents need a folder for temporary files in some shells, and the root is
        // read-only.
        .doesNotContain("<<")
        .doesNotContain("[[");
  }

  /**
   * By the rules of <a
   * href="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/">Container.args</a>:
   * {@code $$} is one, {@code $(NAME)} a variable where there is one.
   */
  private static String asTheKubeletExpands(String text, Map<String, String> environment) {
    var expanded = new StringBuilder();
    for (var at = 0; at < text.length(); at++) {
      var next = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
      if (text.charAt(at) != '$' || (next != '$' && next != '(')) {
        expanded.append(text.charAt(at));
      } else if (next == '$') {
        expanded.append('$');
        at++;
      } else {
        var end = text.indexOf(')', at);
        var name = text.substring(at + 2, end < 0 ? at + 2 : end);
        expanded.append(environment.getOrDefault(name, "$(" + name + ")"));
        at = end < 0 ? at : end;
      }
    }
    return expanded.toString();
  }
}
