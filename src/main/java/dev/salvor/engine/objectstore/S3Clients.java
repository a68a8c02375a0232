package dev.salvor.engine.objectstore;

import dev.salvor.api.S3Checksums;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** How a bucket is talked to: by its own keys alone, never by the user's AWS files. */
final class S3Clients {
  /** A call of a few bytes; the SDK tries three times within it. */
  private static final Duration CALL = Duration.ofSeconds(60);

  private static final Duration ATTEMPT = Duration.ofSeconds(20);

  /** The SDK waits longer before each, and longest where the server throttles. */
  private static final int MOST_ATTEMPTS = 6;

  private S3Clients() {}

  /** For objects of a few bytes. */
  static S3Client forCalls(S3Access access) {
    return build(access, ATTEMPT, it -> it.apiCallTimeout(CALL).apiCallAttemptTimeout(ATTEMPT));
  }

  /** For objects of any size, and as many. */
  static S3Client forBodies(S3Access access, S3Patience patience) {
    return build(
        access,
        patience.silence(),
        it ->
            it.retryStrategy(
                AwsRetryStrategy.standardRetryStrategy().toBuilder()
                    .maxAttempts(MOST_ATTEMPTS)
                    .build()));
  }

  private static S3Client build(
      S3Access access, Duration silence, Consumer<ClientOverrideConfiguration.Builder> patience) {
    var supported = access.checksums() == S3Checksums.WHEN_SUPPORTED;
    var http = UrlConnectionHttpClient.builder().socketTimeout(silence).connectionTimeout(ATTEMPT);
    var authority = access.certificateAuthority();
    if (authority != null) {
      http.tlsTrustManagersProvider(new CertificateAuthority(authority));
    }
    var builder =
        S3Client.builder()
            .region(Region.of(access.bucket().region()))
            .forcePathStyle(access.pathStyle())
            .credentialsProvider(StaticCredentialsProvider.create(credentials(access)))
            .requestChecksumCalculation(
                supported
                    ? RequestChecksumCalculation.WHEN_SUPPORTED
                    : RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(
                supported
                    ? ResponseChecksumValidation.WHEN_SUPPORTED
                    : ResponseChecksumValidation.WHEN_REQUIRED)
            .httpClientBuilder(http)
            .overrideConfiguration(
                configuration ->
                    configuration
                        .applyMutation(patience)
                        // Nothing of the user's own AWS files is meant here.
                        .defaultProfileFile(ProfileFile.aggregator().build()));
    var endpoint = access.bucket().endpoint();
    if (endpoint != null) {
      builder.endpointOverride(URI.create(endpoint));
    }
    return builder.build();
  }

  private static AwsCredentials credentials(S3Access access) {
    var token = access.sessionToken();
    return token == null
        ? AwsBasicCredentials.create(access.accessKey(), access.secretKey())
        : AwsSessionCredentials.create(access.accessKey(), access.secretKey(), token);
  }
}
