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
 * What to protect, when, where, how long to keep, and how to prove it. Deleting it deletes no data.
 */
@JsonClassDescription(
    "What to protect, when, where, how long to keep, and how to prove it. Deleting it deletes no"
        + " data.")
@Group(Names.GROUP)
@Version(Names.VERSION)
@Plural("backuppolicies")
@ShortNames("bpol")
@Categories("salvor")
@AdditionalPrinterColumn(
    name = "READY",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "LAST-SUCCESS",
    jsonPath = ".status.lastSuccess.time",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "LAST-VERIFIED",
    jsonPath = ".status.lastVerifiedRestore.time",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "NEXT", jsonPath = ".status.nextRun")
@AdditionalPrinterColumn(
    name = "POINTS",
    jsonPath = ".status.recoveryPointsTotal",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "SIZE", jsonPath = ".status.repository.size")
@AdditionalPrinterColumn(
    name = "PROTECTED",
    jsonPath = ".status.conditions[?(@.type==\"Protected\")].status",
    priority = 1)
@AdditionalPrinterColumn(
    name = "VERIFIED",
    jsonPath = ".status.conditions[?(@.type==\"Verified\")].status",
    priority = 1)
@AdditionalPrinterColumn(name = "STORE", jsonPath = ".spec.storeRef.name", priority = 1)
@AdditionalPrinterColumn(name = "SCHEDULE", jsonPath = ".spec.schedule.cron", priority = 1)
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class BackupPolicy extends CustomResource<BackupPolicySpec, BackupPolicyStatus>
    implements Namespaced {
  @Override
  @Required
  @JsonPropertyDescription("What is wanted.")
  public BackupPolicySpec getSpec() {
    return super.getSpec();
  }

  /** The default makes a new resource count as not yet observed for kstatus, never as healthy. */
  @Override
  @JsonPropertyDescription("What is known; written by Salvor alone.")
  @Default("{\"observedGeneration\": -1}")
  public BackupPolicyStatus getStatus() {
    return super.getStatus();
  }
}
