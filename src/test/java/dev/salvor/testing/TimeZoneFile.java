package dev.salvor.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;

/**
 * Java's own rules of a time zone as a file for {@code TZ=/path} (RFC 8536, version 1). Machines
 * without tzdata exist, and there other programs silently count in UTC; and where it exists it may
 * be of another year than Java's.
 */
public final class TimeZoneFile {
  private static final Instant FIRST = Instant.parse("1970-01-02T00:00:00Z");
  private static final Instant LAST = Instant.parse("2037-12-31T00:00:00Z");

  private TimeZoneFile() {}

  /** Writes the transitions from 1970 to 2037; what comes after is as at the end of 2037. */
  public static Path write(Path file, ZoneId zone) {
    var rules = zone.getRules();
    var transitions = new ArrayList<ZoneOffsetTransition>();
    var next = rules.nextTransition(FIRST);
    while (next != null && next.getInstant().isBefore(LAST)) {
      transitions.add(next);
      next = rules.nextTransition(next.getInstant());
    }
    var offsets = new ArrayList<ZoneOffset>(List.of(rules.getOffset(FIRST)));
    for (var transition : transitions) {
      if (!offsets.contains(transition.getOffsetAfter())) {
        offsets.add(transition.getOffsetAfter());
      }
    }
    var name = "TST\0".getBytes(StandardCharsets.US_ASCII);
    var out = ByteBuffer.allocate(44 + transitions.size() * 5 + offsets.size() * 6 + name.length);
    out.put("TZif".getBytes(StandardCharsets.US_ASCII)).put(new byte[16 + 3 * Integer.BYTES]);
    out.putInt(transitions.size()).putInt(offsets.size()).putInt(name.length);
    transitions.forEach(change -> out.putInt(Math.toIntExact(change.toEpochSecond())));
    transitions.forEach(change -> out.put((byte) offsets.indexOf(change.getOffsetAfter())));
    offsets.forEach(offset -> out.putInt(offset.getTotalSeconds()).put((byte) 0).put((byte) 0));
    out.put(name);
    try {
      return Files.write(file, out.array());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
