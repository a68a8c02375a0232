package dev.salvor.engine.volume;

import dev.salvor.testing.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** A folder with everything in it that backups have lost elsewhere. */
public final class OddTree {
  private static final int ACL_VERSION = 2;
  private static final int CAPABILITY_VERSION_2_EFFECTIVE = 0x02000001;
  private static final int NET_BIND_SERVICE = 1 << 10;

  private static final String SCRIPT =
      """
      set -euo pipefail
      cd "$1"
      umask 022
      : > empty
      echo small > small
      head -c 3000000 /dev/urandom > large
      truncate -s 64M sparse; printf end >> sparse
      echo owned > owned; chown 1234:5678 owned; chmod 4750 owned
      mkdir nothing sticky set-gid; chmod 1777 sticky; chmod 2770 set-gid; chown 0:5678 set-gid
      mkdir one two
      echo many > one/first; ln one/first two/second; ln one/first third
      ln -s small link; ln -s /nowhere/at/all dangling; ln -s ../one/./first two/up
      ln -s $'to \\xff\\xfe' $'link \\xff'
      touch -h -d '2001-02-03 04:05:06.789' link
      mkfifo -m 640 fifo
      mknod null c 1 3; mknod block b 259 1048575; chmod 600 block
      mkdir names
      for name in $'\\xff\\xfe' $'\\xc3\\x28' 'per%cent' $'new\\nline' $'tab\\t' 'quote"' 'back\\slash' '-dash' ' space ' \\
          $'\\xc3\\xa9' $'\\xf0\\x9f\\x98\\x80' '*' '$HOME' '#hash' '!bang' '...' "$(printf 'n%.0s' {1..255})"; do
        printf '%s' "$name" > "names/$name"
      done
      mkdir left
      for name in '*' '?eep' '[k]eep' 'keep\\' 'keep ' $'keep\\nb' '$HOME' '${PATH}' '#' $'\\xff'; do : > "left/$name"; done
      for name in keep keep-c keepers '$$HOME'; do : > "left/$name"; done
      mkdir names.d 'names d' 'names!'; : > names.d/x; : > 'names d/x'; : > 'names!/x'
      deep=deep
      for level in {1..60}; do deep+=/$(printf "d%.0s" {1..50}); done
      mkdir -p "$deep"; echo deep > "$deep/file"
      echo old > old; touch -d '1969-12-31 23:59:59.123456789 UTC' old
      echo far > far; touch -d '2106-02-07 06:28:16.5 UTC' far
      : > acl; : > capable; : > attributed; mkdir acl-folder
      chown 1:2 .; chmod 751 .; touch -d '2020-01-02 03:04:05.6 UTC' .
      """;

  private OddTree() {}

  /** Makes it in a folder that is there. Needs root. */
  public static void make(Path root) throws IOException, InterruptedException {
    makeWithoutTrusted(root);
    try (var attributes = new ExtendedAttributes()) {
      attributes.write(root.resolve("attributed"), "trusted.ours", new byte[] {7});
    }
  }

  /** All of it that a container can see, which lacks CAP_SYS_ADMIN. */
  public static void makeWithoutTrusted(Path root) throws IOException, InterruptedException {
    Script.run(SCRIPT, root);
    try (var attributes = new ExtendedAttributes()) {
      attributes.write(root.resolve("acl"), "system.posix_acl_access", acl());
      attributes.write(root.resolve("acl-folder"), "system.posix_acl_default", acl());
      attributes.write(root.resolve("capable"), "security.capability", capability());
      attributes.write(
          root.resolve("attributed"), "user.text", "värde".getBytes(StandardCharsets.UTF_8));
      attributes.write(root.resolve("attributed"), "user.bytes", new byte[] {0, 1, (byte) 0xff});
      attributes.write(root.resolve("attributed"), "user.empty", new byte[0]);
      attributes.write(root.resolve("nothing"), "user.folder", new byte[] {1});
      attributes.write(root, "user.root", new byte[] {2});
    }
  }

  /** Owners, modes, times, links, attributes and bytes of a tree, as text. */
  public static String listing(Path tree) throws IOException {
    var listing =
        Script.run(
            "cd \"$1\"; find . -printf '%p %y %m %U %G %T@ %l\\n' | LC_ALL=C sort;"
                + " find . -type f -printf '%p %n\\n' | LC_ALL=C sort;"
                + " find . -type f -exec sha256sum {} + | LC_ALL=C sort",
            tree);
    try (var all = Files.walk(tree)) {
      return listing
          + all.filter(path -> !attributes(path).isEmpty())
              .map(path -> tree.relativize(path) + " " + attributes(path))
              .sorted()
              .collect(Collectors.joining("\n"));
    }
  }

  private static Map<String, String> attributes(Path path) {
    try {
      return RootAttributes.read(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As acl(5) of Linux stores it: user 1234 may read. */
  private static byte[] acl() {
    var bytes = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN).putInt(ACL_VERSION);
    put(bytes, 0x01, 6, -1);
    put(bytes, 0x02, 4, 1234);
    put(bytes, 0x04, 4, -1);
    put(bytes, 0x10, 6, -1);
    put(bytes, 0x20, 4, -1);
    return bytes.array();
  }

  private static void put(ByteBuffer bytes, int tag, int permissions, int id) {
    bytes.putShort((short) tag).putShort((short) permissions).putInt(id);
  }

  /** As capabilities(7) of Linux stores them. */
  private static byte[] capability() {
    return ByteBuffer.allocate(20)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(CAPABILITY_VERSION_2_EFFECTIVE)
        .putInt(NET_BIND_SERVICE)
        .array();
  }
}
