package dev.salvor.engine.volume;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** An archive that no program makes on this machine. */
final class TarByHand {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  TarByHand entry(char type, String body) {
    var content = body.getBytes(StandardCharsets.UTF_8);
    var header = new byte[512];
    put(header, 0, "name");
    put(header, 124, "%011o".formatted(content.length));
    header[156] = (byte) type;
    put(header, 148, "        ");
    var sum = 0;
    for (var each : header) {
      sum += Byte.toUnsignedInt(each);
    }
    put(header, 148, "%06o".formatted(sum));
    header[154] = 0;
    bytes.writeBytes(header);
    bytes.writeBytes(content);
    bytes.writeBytes(new byte[-content.length & 511]);
    return this;
  }

  private static void put(byte[] header, int at, String text) {
    System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, header, at, text.length());
  }

  byte[] end() {
    bytes.writeBytes(new byte[1024]);
    return bytes.toByteArray();
  }
}
