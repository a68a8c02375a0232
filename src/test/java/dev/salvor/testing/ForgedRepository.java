package dev.salvor.testing;

import dev.salvor.api.Initialize;
import dev.salvor.engine.objectstore.DirectoryObjectStore;
import dev.salvor.engine.objectstore.ObjectStore;
import dev.salvor.engine.objectstore.StoreRoot;
import dev.salvor.local.state.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A restic repository written without restic, for tests that need thousands of snapshots whose data
 * nobody reads: a snapshot costs a millisecond and not a second, and so does opening it, since its
 * key is derived with the weakest parameters that restic accepts. Follows restic's doc/design.rst,
 * repository version 2. Only for tests: the key is worth nothing, and the randomness is not random.
 */
public final class ForgedRepository {
  private static final int SCRYPT_N = 2;
  private static final int BLOCK = 16;
  private static final BigInteger POLY1305_PRIME =
      BigInteger.ONE.shiftLeft(130).subtract(BigInteger.valueOf(5));
  private static final BigInteger TWO_TO_128 = BigInteger.ONE.shiftLeft(128);

  /** Each repository has an id and keys of its own. */
  private static final AtomicInteger SEEDS = new AtomicInteger(42);

  private final Path folder;
  private final Random random;
  private final Key master;

  /** 32 bytes for AES-256, then 16 for the AES and 16 for the factor of Poly1305-AES. */
  private static final class Key {
    private final byte[] all;

    private Key(byte[] all) {
      this.all = all;
    }

    private byte[] encrypt() {
      return Arrays.copyOf(all, 32);
    }

    private byte[] macK() {
      return Arrays.copyOfRange(all, 32, 48);
    }

    private byte[] macR() {
      return Arrays.copyOfRange(all, 48, 64);
    }
  }

  private ForgedRepository(Path folder, Random random) {
    this.folder = folder;
    this.random = random;
    this.master = new Key(bytes(64));
  }

  /** Writes an empty repository into a folder that does not exist. */
  public static ForgedRepository create(Path folder, String password) {
    var repository = new ForgedRepository(folder, new Random(SEEDS.getAndIncrement()));
    try {
      for (var kind : List.of("data", "index", "keys", "locks", "snapshots")) {
        Files.createDirectories(folder.resolve(kind));
      }
      repository.writeKey(password);
      Files.write(
          folder.resolve("config"),
          repository.encrypt(
              repository.master,
              "{\"version\":2,\"id\":\""
                  + HexFormat.of().formatHex(repository.bytes(32))
                  + "\",\"chunker_polynomial\":\"24c105c4d17635\"}"));
      return repository;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Writes an empty repository where a policy has it in a store, which this becomes. */
  public static ForgedRepository inStore(Path store, String path, String password) {
    new StoreRoot(new DirectoryObjectStore(store), Clock.systemUTC())
        .requireOrMake(null, Initialize.IF_EMPTY);
    return create(store.resolve(path), password);
  }

  /** The same, in a bucket that is a store already. */
  public static void inBucket(ObjectStore bucket, String path, String password) {
    try {
      var folder = Files.createTempDirectory("forged");
      var repository = create(folder.resolve("repository"), password).folder();
      try (var files = Files.walk(repository)) {
        for (var file : files.filter(Files::isRegularFile).toList()) {
          bucket.put(path + "/" + repository.relativize(file), Files.readAllBytes(file));
        }
      }
      DurableFile.deleteFolder(folder);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  public Path folder() {
    return folder;
  }

  /**
   * Adds a snapshot of a tree that does not exist.
   *
   * @param time with the offset that restic would have written
   * @return its id
   */
  public String snapshot(String host, OffsetDateTime time) {
    var json =
        "{\"time\":\""
            + DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time)
            + "\",\"tree\":\""
            + HexFormat.of().formatHex(bytes(32))
            + "\",\"paths\":[\"/data\"],\"hostname\":\""
            + host
            + "\",\"username\":\"salvor\"}";
    return write("snapshots", json).getFileName().toString();
  }

  /**
   * Adds the lock of a restic that works on another machine and has the repository for itself.
   *
   * @return its file
   */
  public Path lockedElsewhere(OffsetDateTime since) {
    return write(
        "locks",
        "{\"time\":\""
            + DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(since)
            + "\",\"exclusive\":true,\"hostname\":\"elsewhere\",\"username\":\"salvor\",\"pid\":7}");
  }

  private Path write(String kind, String json) {
    var content = encrypt(master, json);
    try {
      var id = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
      return Files.write(folder.resolve(kind).resolve(id), content);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void writeKey(String password) throws IOException {
    var salt = bytes(64);
    var user = new Key(scrypt(password.getBytes(StandardCharsets.UTF_8), salt));
    var data =
        encrypt(
            user,
            "{\"mac\":{\"k\":\""
                + base64(master.macK())
                + "\",\"r\":\""
                + base64(master.macR())
                + "\"},\"encrypt\":\""
                + base64(master.encrypt())
                + "\"}");
    var file =
        ("{\"created\":\"2026-01-01T00:00:00Z\",\"username\":\"salvor\",\"hostname\":\"salvor\","
                + "\"kdf\":\"scrypt\",\"N\":"
                + SCRYPT_N
                + ",\"r\":1,\"p\":1,\"salt\":\""
                + base64(salt)
                + "\",\"data\":\""
                + base64(data)
                + "\"}")
            .getBytes(StandardCharsets.UTF_8);
    try {
      var id = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
      Files.write(folder.resolve("keys").resolve(id), file);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** AES-256 in counter mode, then Poly1305-AES over the ciphertext: IV, ciphertext, MAC. */
  private byte[] encrypt(Key key, String text) {
    try {
      var iv = bytes(BLOCK);
      var cipher = Cipher.getInstance("AES/CTR/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE, new SecretKeySpec(key.encrypt(), "AES"), new IvParameterSpec(iv));
      var ciphertext = cipher.doFinal(text.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.allocate(BLOCK + ciphertext.length + BLOCK)
          .put(iv)
          .put(ciphertext)
          .put(mac(key, iv, ciphertext))
          .array();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static byte[] mac(Key key, byte[] nonce, byte[] message) throws GeneralSecurityException {
    var aes = Cipher.getInstance("AES/ECB/NoPadding");
    aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key.macK(), "AES"));
    var pad = littleEndian(aes.doFinal(nonce));
    var r = key.macR();
    for (int place : new int[] {3, 7, 11, 15}) {
      r[place] &= 15;
    }
    for (int place : new int[] {4, 8, 12}) {
      r[place] &= (byte) 252;
    }
    var factor = littleEndian(r);
    var sum = BigInteger.ZERO;
    for (int start = 0; start < message.length; start += BLOCK) {
      int length = Math.min(BLOCK, message.length - start);
      var block = ByteBuffer.allocate(length + 1).put(message, start, length).put((byte) 1).array();
      sum = sum.add(littleEndian(block)).multiply(factor).mod(POLY1305_PRIME);
    }
    var tag = sum.add(pad).mod(TWO_TO_128);
    var bytes = new byte[BLOCK];
    for (int place = 0; place < BLOCK; place++) {
      bytes[place] = tag.shiftRight(8 * place).byteValue();
    }
    return bytes;
  }

  /** RFC 7914 with N = 2, r = 1, p = 1, and 64 bytes of key. */
  private static byte[] scrypt(byte[] password, byte[] salt) {
    var block = pbkdf2(password, salt, 2);
    var words = new int[32];
    ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words);
    var seen = new int[SCRYPT_N][];
    for (int nr = 0; nr < SCRYPT_N; nr++) {
      seen[nr] = words.clone();
      words = mix(words);
    }
    for (int nr = 0; nr < SCRYPT_N; nr++) {
      var other = seen[words[16] & (SCRYPT_N - 1)];
      for (int word = 0; word < words.length; word++) {
        words[word] ^= other[word];
      }
      words = mix(words);
    }
    var mixed = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
    mixed.asIntBuffer().put(words);
    var one = pbkdf2Block(password, mixed.array(), 1);
    var two = pbkdf2Block(password, mixed.array(), 2);
    return ByteBuffer.allocate(64).put(one).put(two).array();
  }

  private static byte[] pbkdf2(byte[] password, byte[] salt, int pairs) {
    var out = ByteBuffer.allocate(64 * pairs);
    for (int nr = 1; nr <= 2 * pairs; nr++) {
      out.put(pbkdf2Block(password, salt, nr));
    }
    return out.array();
  }

  /** One block of PBKDF2-HMAC-SHA256 with one iteration. */
  private static byte[] pbkdf2Block(byte[] password, byte[] salt, int nr) {
    try {
      var hmac = Mac.getInstance("HmacSHA256");
      hmac.init(new SecretKeySpec(password, "HmacSHA256"));
      hmac.update(salt);
      return hmac.doFinal(ByteBuffer.allocate(Integer.BYTES).putInt(nr).array());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** scryptBlockMix of two blocks of 16 words. */
  private static int[] mix(int[] words) {
    var state = Arrays.copyOfRange(words, 16, 32);
    var out = new int[32];
    for (int half = 0; half < 2; half++) {
      for (int word = 0; word < 16; word++) {
        state[word] ^= words[16 * half + word];
      }
      salsa(state);
      System.arraycopy(state, 0, out, 16 * half, 16);
    }
    return out;
  }

  /** Salsa20/8: columns, then rows, four times over. */
  private static void salsa(int[] state) {
    var x = state.clone();
    for (int round = 0; round < 4; round++) {
      for (int nr = 0; nr < 4; nr++) {
        quarter(x, 5 * nr % 16, (5 * nr + 4) % 16, (5 * nr + 8) % 16, (5 * nr + 12) % 16);
      }
      for (int row = 0; row < 4; row++) {
        int base = 4 * row;
        quarter(x, base + row, base + (row + 1) % 4, base + (row + 2) % 4, base + (row + 3) % 4);
      }
    }
    for (int word = 0; word < 16; word++) {
      state[word] += x[word];
    }
  }

  private static void quarter(int[] x, int a, int b, int c, int d) {
    x[b] ^= Integer.rotateLeft(x[a] + x[d], 7);
    x[c] ^= Integer.rotateLeft(x[b] + x[a], 9);
    x[d] ^= Integer.rotateLeft(x[c] + x[b], 13);
    x[a] ^= Integer.rotateLeft(x[d] + x[c], 18);
  }

  private static BigInteger littleEndian(byte[] bytes) {
    var reversed = new byte[bytes.length];
    for (int place = 0; place < bytes.length; place++) {
      reversed[place] = bytes[bytes.length - 1 - place];
    }
    return new BigInteger(1, reversed);
  }

  private byte[] bytes(int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
