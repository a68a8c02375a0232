package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.core.sync.RequestBody;

/** What all other stories stand on: the image, the network of the cluster, the bucket beside it. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterE2E {
  private final Cluster cluster = Cluster.connect();
  private String namespace = "";

  @BeforeAll
  void takeNamespace() {
    namespace = cluster.namespace("cluster");
  }

  @AfterAll
  void leave() {
    cluster.close();
  }

  @Test
  void theImageRunsWithTheFewestRights() {
    var output =
        cluster.runJob(
            namespace,
            "version",
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: version}
            spec:
              backoffLimit: 0
              template:
                spec:
                  restartPolicy: Never
                  automountServiceAccountToken: false
                  securityContext:
                    runAsNonRoot: true
                    runAsUser: 65532
                    runAsGroup: 65532
                    seccompProfile: {type: RuntimeDefault}
                  containers:
                  - name: salvor
                    image: salvor:test
                    imagePullPolicy: IfNotPresent
                    args: [version]
                    securityContext:
                      allowPrivilegeEscalation: false
                      readOnlyRootFilesystem: true
                      capabilities: {drop: [ALL]}
            """);
    assertThat(output).startsWith("salvor ").contains("Java 25");
  }

  @Test
  void aPodReachesAServerByTheNameOfItsService() {
    var shop = cluster.postgres(namespace, "shop");
    shop.psql("postgres", "create table orders as select generate_series(1, 42) as id");
    var output =
        cluster.runJob(
            namespace,
            "count",
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: count}
            spec:
              backoffLimit: 0
              template:
                spec:
                  restartPolicy: Never
                  containers:
                  - name: psql
                    image: postgres:test
                    imagePullPolicy: IfNotPresent
                    command: [psql, -XAtq, -h, shop.%s.svc.cluster.local, -U, postgres]
                    args: [-c, select count(*) from orders]
                    env:
                    - name: PGPASSWORD
                      valueFrom: {secretKeyRef: {name: shop, key: password}}
            """
                .formatted(namespace));
    assertThat(output.strip()).isEqualTo("42");
  }

  @Test
  void theBucketKeepsWhatItIsGiven() {
    var place = ClusterBucket.ofEnvironment();
    try (var s3 = place.client()) {
      s3.putObject(
          request -> request.bucket(place.bucket()).key(namespace), RequestBody.fromString("kept"));
      var kept =
          s3.getObjectAsBytes(request -> request.bucket(place.bucket()).key(namespace))
              .asUtf8String();
      s3.deleteObject(request -> request.bucket(place.bucket()).key(namespace));
      assertThat(kept).isEqualTo("kept");
    }
  }
}
