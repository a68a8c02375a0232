package dev.salvor.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/** A self-signed certificate, made by the JDK's keytool: tests need no openssl. */
public final class TestCertificate {
  public static final String CERTIFICATE = "server.crt";
  public static final String KEY = "server.key";

  private static final char[] STORE_PASSWORD = "changeit".toCharArray();

  private TestCertificate() {}

  /** Writes certificate and key in PEM. */
  public static void write(Path folder, String host) {
    var store = folder.resolve("server.p12");
    try {
      var process =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                      "-genkeypair",
                      "-alias",
                      "server",
                      "-keyalg",
                      "EC",
                      "-dname",
                      "CN=" + host,
                      "-ext",
                      "san=dns:" + host,
                      "-ext",
                      "bc=ca:true",
                      "-validity",
                      "30",
                      "-storetype",
                      "PKCS12",
                      "-keystore",
                      store.toString(),
                      "-storepass",
                      new String(STORE_PASSWORD)))
              .redirectErrorStream(true)
              .start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("keytool: " + said);
      }
      var keys = KeyStore.getInstance(store.toFile(), STORE_PASSWORD);
      pem(folder.resolve(CERTIFICATE), "CERTIFICATE", keys.getCertificate("server").getEncoded());
      pem(folder.resolve(KEY), "PRIVATE KEY", keys.getKey("server", STORE_PASSWORD).getEncoded());
      Files.setPosixFilePermissions(
          folder.resolve(KEY), PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a certificate", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static void pem(Path file, String kind, byte[] bytes) throws IOException {
    var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    Files.writeString(
        file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
  }
}
