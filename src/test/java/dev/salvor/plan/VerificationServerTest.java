package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.Json;
import dev.salvor.task.NetworkAddress;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which server a verification gets, by host and by store. */
class VerificationServerTest {
  private static final String BUCKET =
      "s3: {bucket: shop, endpoint: 'http://minio.store:9000', credentials: {secretRef: {name:"
          + " s3}}}";
  private static final String AMAZON =
      "s3: {bucket: shop, region: eu-central-1, credentials: {secretRef: {name: s3}}}";
  private static final String CLAIM = "pvc: {claimName: backups}";

  static Stream<Arguments> servers() {
    return Stream.of(
        Arguments.of(
            HostKind.KUBERNETES,
            BUCKET,
            new Task.Given("/sandbox/socket", new NetworkAddress("minio.store", 9000))),
        Arguments.of(
            HostKind.KUBERNETES,
            AMAZON,
            new Task.Given(
                "/sandbox/socket", new NetworkAddress("s3.eu-central-1.amazonaws.com", 443))),
        Arguments.of(HostKind.KUBERNETES, CLAIM, new Task.Given("/sandbox/socket", null)),
        Arguments.of(HostKind.ONE_MACHINE, BUCKET, new Task.Initdb()),
        Arguments.of(HostKind.ONE_MACHINE, "folder: {path: /backups}", new Task.Initdb()));
  }

  @ParameterizedTest
  @MethodSource("servers")
  void aPodIsGivenOneAndOneMachineMakesOne(HostKind host, String place, Task.Server server)
      throws JsonProcessingException {
    var compare =
        new TaskBuilder(host, "cluster")
            .compare(labels(), null, store(place), new PointReference("point", null));
    assertThat(compare.server()).isEqualTo(server);
    assertThat(compare.header().credentials()).isEmpty();
    assertThat(((Task.Compare) TaskJson.read(TaskJson.write(compare))).server()).isEqualTo(server);
  }

  private static RunLabels labels() {
    return new RunLabels(
        "run", Purpose.VERIFY, "shop/offsite", null, null, null, "point", Instant.EPOCH, 1);
  }

  private static BackupStore store(String place) throws JsonProcessingException {
    var store = new BackupStore();
    store.setMetadata(new ObjectMetaBuilder().withName("offsite").withNamespace("shop").build());
    store.setSpec(
        Json.yaml()
            .readValue(
                place + "\nencryption: {passwordSecretRef: {name: key, key: password}}",
                BackupStoreSpec.class));
    return store;
  }
}
