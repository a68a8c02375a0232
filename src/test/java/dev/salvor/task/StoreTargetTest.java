package dev.salvor.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreTargetTest {
  @ParameterizedTest
  @CsvSource({
    ", eu-central-1, https://s3.eu-central-1.amazonaws.com, s3.eu-central-1.amazonaws.com:443",
    ", cn-north-1, https://s3.cn-north-1.amazonaws.com.cn, s3.cn-north-1.amazonaws.com.cn:443",
    "http://minio.store:9000/, x, http://minio.store:9000, minio.store:9000",
    "http://minio, x, http://minio, minio:80",
    "https://10.0.0.7/s3/v1, x, https://10.0.0.7/s3/v1, 10.0.0.7:443",
    "http://::1:9000, x, http://::1:9000, none"
  })
  void aBucketHasAnAddress(@Nullable String endpoint, String region, String url, String address) {
    var bucket = new StoreTarget.Bucket("b", null, endpoint, region, null, null);
    assertThat(bucket.url()).isEqualTo(url);
    assertThat(bucket.address().map(NetworkAddress::toString).orElse("none")).isEqualTo(address);
  }

  /** Each backup would hold all backups before it. */
  @ParameterizedTest
  @CsvSource({
    ", stub/db, true",
    ", stubs/db, false",
    "stub, shop/db, true",
    "stub/deep, shop/db, true",
    "other/stub, shop/db, false",
    ", shop/db, false"
  })
  void aStoreMayLieAmongObjects(@Nullable String prefix, String path, boolean within) {
    var store = new StoreTarget.Bucket("b", prefix, "http://minio/", "x", null, null);
    var objects = new StoreTarget.Bucket("b", null, "http://minio", "y", true, null);
    assertThat(store.hasWithin(path, objects, "stub")).isEqualTo(within);
    assertThat(
            store.hasWithin(
                path, new StoreTarget.Bucket("c", null, "http://minio", "y", null, null), "stub"))
        .isFalse();
    assertThat(
            store.hasWithin(
                path, new StoreTarget.Bucket("b", null, "http://other", "y", null, null), "stub"))
        .isFalse();
  }
}
