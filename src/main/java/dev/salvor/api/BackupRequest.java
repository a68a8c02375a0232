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

/** Back up this policy now. One shot, immutable. */
@JsonClassDescription("Back up a policy now. One shot, immutable.")
@Group(Names.GROUP)
@Version(Names.VERSION)
@Plural("backuprequests")
@ShortNames("breq")
@Categories("salvor")
@AdditionalPrinterColumn(name = "POLICY", jsonPath = ".spec.policyRef.name")
@AdditionalPrinterColumn(
    name = "READY",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "POINT", jsonPath = ".status.recoveryPoint")
@AdditionalPrinterColumn(
    name = "REASON",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(
    name = "MESSAGE",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class BackupRequest extends CustomResource<BackupRequestSpec, BackupRequestStatus>
    implements Namespaced {
  @Override
  @Required
  @JsonPropertyDescription("What is wanted.")
  public BackupRequestSpec getSpec() {
    return super.getSpec();
  }

  /** The default makes a new resource count as not yet observed for kstatus, never as healthy. */
  @Override
  @JsonPropertyDescription("What is known; written by Salvor alone.")
  @Default("{\"observedGeneration\": -1}")
  public BackupRequestStatus getStatus() {
    return super.getStatus();
  }
}
