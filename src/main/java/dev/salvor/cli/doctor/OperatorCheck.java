package dev.salvor.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Whether an operator works in the cluster, and of which version it is. Pure. */
final class OperatorCheck {
  /** Written by the chart, as Helm's conventions have it. */
  static final String VERSION = "app.kubernetes.io/version";

  private OperatorCheck() {}

  /**
   * Judges the deployments that bear Salvor's name.
   *
   * @param version of this program
   */
  static List<Finding> of(List<JsonNode> deployments, String version) {
    if (deployments.isEmpty()) {
      return List.of(
          Finding.broken(
              "operator",
              "there is no Deployment with the label app.kubernetes.io/name=salvor",
              "Install it: helm install salvor helm/salvor."));
    }
    return deployments.stream()
        .flatMap(deployment -> List.of(ready(deployment), skew(deployment, version)).stream())
        .toList();
  }

  private static Finding ready(JsonNode deployment) {
    var name =
        deployment.at("/metadata/namespace").asText()
            + "/"
            + deployment.at("/metadata/name").asText();
    var wanted = deployment.at("/spec/replicas").asInt(1);
    var ready = deployment.at("/status/readyReplicas").asInt();
    if (wanted == 0) {
      return Finding.broken("operator", name + " is scaled to 0", "Scale it to 1 or 2.");
    }
    var message = name + " has " + ready + " of " + wanted + " replicas ready";
    if (ready == 0) {
      return Finding.broken(
          "operator", message, "kubectl describe deployment and its pods say why.");
    }
    return ready < wanted
        ? Finding.warning("operator", message, "One is enough to work; look at the others.")
        : Finding.good("operator", message);
  }

  private static Finding skew(JsonNode deployment, String version) {
    var theirs = deployment.at("/metadata/labels").path(VERSION).asText();
    if (theirs.isEmpty()) {
      var image = deployment.at("/spec/template/spec/containers/0/image").asText();
      return Finding.unknown(
          "version",
          "the operator's Deployment has no label " + VERSION + "; its image is " + image,
          "Compare with 'salvor version': " + version + ".");
    }
    return theirs.equals(version)
        ? Finding.good("version", "operator and this program are both " + version)
        : Finding.warning(
            "version",
            "the operator is " + theirs + ", this program is " + version,
            "Use the same: a request may have fields that the operator does not know.");
  }
}
