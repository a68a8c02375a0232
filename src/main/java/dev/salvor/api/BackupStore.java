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

/** A place for backups. Long-lived; deleting it never deletes data. */
@JsonClassDescription("A place for backups. Deleting it never deletes data.")
@Group(Names.GROUP)
@Version(Names.VERSION)
@Plural("backupstores")
@ShortNames("bstore")
@Categories("salvor")
@AdditionalPrinterColumn(
    name = "READY",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "STORE", jsonPath = ".status.storeId")
@AdditionalPrinterColumn(name = "ENCRYPTION-KEY", jsonPath = ".status.keyFingerprint", priority = 1)
@AdditionalPrinterColumn(
    name = "MESSAGE",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class BackupStore extends CustomResource<BackupStoreSpec, BackupStoreStatus>
    implements Namespaced {
  @Override
  @Required
  @JsonPropertyDescription("What is wanted.")
  public BackupStoreSpec getSpec() {
    return super.getSpec();
  }

  /** The default makes a new resource count as not yet observed for kstatus, never as healthy. */
  @Override
  @JsonPropertyDescription("What is known; written by Salvor alone.")
  @Default("{\"observedGeneration\": -1}")
  public BackupStoreStatus getStatus() {
    return super.getStatus();
  }
}
