package dev.salvor.e2e;

import dev.salvor.engine.objectstore.S3Access;
import dev.salvor.task.StoreTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The bucket beside the cluster: reached by the same address from here and from pods. */
public record ClusterBucket(
    String endpoint, String region, String bucket, String accessKey, String secretKey) {

  /** What {@code src/test/scripts/cluster env} printed. */
  public static ClusterBucket ofEnvironment() {
    var keys = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(variable("SALVOR_E2E_S3_KEYS")))) {
      keys.load(reader);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return new ClusterBucket(
        variable("SALVOR_E2E_S3_ENDPOINT"),
        variable("SALVOR_E2E_S3_REGION"),
        variable("SALVOR_E2E_S3_BUCKET"),
        Objects.requireNonNull(keys.getProperty("AWS_ACCESS_KEY_ID")),
        Objects.requireNonNull(keys.getProperty("AWS_SECRET_ACCESS_KEY")));
  }

  static String variable(String name) {
    return Objects.requireNonNull(System.getenv(name), name + " is not set: run ./test e2e");
  }

  /** As a store of this prefix has it. */
  S3Access access(String prefix) {
    var place = new StoreTarget.Bucket(bucket, prefix, endpoint, region, null, null);
    return new S3Access(place, accessKey, secretKey, null, null);
  }

  /** To be closed by the caller. */
  public S3Client client() {
    return S3Client.builder()
        .endpointOverride(URI.create(endpoint))
        .region(Region.of(region))
        .forcePathStyle(true)
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }
}
