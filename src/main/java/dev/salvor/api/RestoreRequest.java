package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * Restore that recovery point there. One shot, immutable but for acknowledge, which may only grow.
 */
@JsonClassDescription(
    "Restore a recovery point to a place. One shot, immutable but for acknowledge, which may only"
        + " grow.")
@Group(Names.GROUP)
@Version(Names.VERSION)
@Plural("restorerequests")
@ShortNames("rreq")
@Categories("salvor")
@AdditionalPrinterColumn(name = "POLICY", jsonPath = ".spec.source.policyRef.name", priority = 1)
@AdditionalPrinterColumn(name = "POINT", jsonPath = ".status.resolved.recoveryPoint")
@AdditionalPrinterColumn(
    name = "READY",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "REASON",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(name = "VERDICT", jsonPath = ".status.verdict.outcome")
@AdditionalPrinterColumn(
    name = "MESSAGE",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class RestoreRequest extends CustomResource<RestoreRequestSpec, RestoreRequestStatus>
    implements Namespaced {
  @Override
  @Required
  @JsonPropertyDescription("What is wanted.")
  public RestoreRequestSpec getSpec() {
    return super.getSpec();
  }

  /** The default makes a new resource count as not yet observed for kstatus, never as healthy. */
  @Override
  @JsonPropertyDescription("What is known; written by Salvor alone.")
  @Default("{\"observedGeneration\": -1}")
  public RestoreRequestStatus getStatus() {
    return super.getStatus();
  }
}
