package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.BackupPolicy;
import dev.salvor.api.Json;
import org.junit.jupiter.api.Test;

class KubernetesConnectionTest {
  private static final String POLICY =
      """
      {"metadata": {"name": "shop-db", "namespace": "shop", "uid": "u", "resourceVersion": "7",
        "generation": 2, "managedFields": [{"manager": "salvor"}]},
       "spec": {"source": {"postgres": {"databases": {"names": ["shop"]}}},
        "storeRef": {"name": "offsite"}},
       "status": {"observedGeneration": 2, "recoveryPointsTotal": 1, "restores": ["r"],
        "conditions": [{"type": "Ready", "status": "True", "reason": "Accepted"}],
        "lastSuccess": {"time": "2026-11-22T02:00:00Z", "recoveryPoint": "p"},
        "recoveryPoints": [{"id": "p", "time": "2026-11-22T02:00:00Z", "complete": true}],
        "runs": [{"name": "b", "purpose": "backup", "started": "2026-11-22T02:00:00Z",
         "outcome": "Succeeded", "attempt": 1, "tick": "2026-11-22T02:00:00Z"}]}}
      """;

  @Test
  void whatIsHeldOfAPolicyLacksItsLists() throws JsonProcessingException {
    var lean = KubernetesConnection.leanMapper().readValue(POLICY, BackupPolicy.class);

    assertThat(lean.getMetadata().getManagedFields()).isEmpty();
    assertThat(lean.getStatus().recoveryPoints()).isNull();
    assertThat(lean.getStatus().runs()).isNull();
    assertThat(lean.getStatus().restores()).isNull();
  }

  /** Filters, doorbells and metrics find all that they look for. */
  @Test
  void whatIsLookedUpIsHeld() throws JsonProcessingException {
    var lean = KubernetesConnection.leanMapper().readValue(POLICY, BackupPolicy.class);
    var whole = Json.mapper().readValue(POLICY, BackupPolicy.class);

    whole.getMetadata().getManagedFields().clear();
    assertThat(lean.getMetadata()).isEqualTo(whole.getMetadata());
    assertThat(lean.getSpec()).isEqualTo(whole.getSpec());
    assertThat(lean.getStatus())
        .usingRecursiveComparison()
        .ignoringFields("recoveryPoints", "runs", "restores")
        .isEqualTo(whole.getStatus());
  }

  @Test
  void whatIsReadForADecisionIsWhole() throws JsonProcessingException {
    KubernetesConnection.leanMapper();

    var whole = Json.mapper().readValue(POLICY, BackupPolicy.class);

    assertThat(whole.getStatus().recoveryPoints()).hasSize(1);
    assertThat(whole.getStatus().runs()).hasSize(1);
  }
}
