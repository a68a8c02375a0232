package dev.salvor.api;

import io.fabric8.crdv2.generator.CRDGenerator;
import java.io.File;

/** Writes {@code crds/} from the types. {@code ./test} runs it and fails when the tree changes. */
public final class GenerateCrds {
  private GenerateCrds() {}

  public static void main(String[] arguments) {
    new CRDGenerator()
        .customResourceClasses(
            BackupStore.class, BackupPolicy.class, BackupRequest.class, RestoreRequest.class)
        .forCRDVersions("v1")
        .inOutputDir(new File(arguments[0]))
        .detailedGenerate();
  }
}
