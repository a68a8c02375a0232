package dev.salvor.engine.objectstore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import software.amazon.awssdk.http.TlsTrustManagersProvider;

/** Trusts the certificates of one PEM file and no others, as restic's {@code --cacert} does. */
final class CertificateAuthority implements TlsTrustManagersProvider {
  private final Path file;

  CertificateAuthority(Path file) {
    this.file = file;
  }

  @Override
  public TrustManager[] trustManagers() {
    try (var stream = Files.newInputStream(file)) {
      var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      var number = 0;
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(stream)) {
        trusted.setCertificateEntry("ca-" + number, certificate);
        number++;
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted);
      return factory.getTrustManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new EngineException(
          Reason.TLS_FAILED, "the store's certificate authority cannot be read", e);
    }
  }
}
