package dev.salvor.cli.init;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A file of manifests that is to be written.
 *
 * @param file its name; no two drafts of one setup have the same
 */
record ManifestDraft(String file, Owner owner, List<ObjectNode> documents) {
  ManifestDraft {
    documents = List.copyOf(documents);
  }

  /** What the file goes with: a store's is never replaced, its password may be nowhere else. */
  enum Owner {
    STORE,
    POLICY
  }
}
