package dev.salvor.plan.restore;

import dev.salvor.plan.StableHash;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names of the databases that a restore makes beside its target. All hold {@value #MARK}, which no
 * policy backs up and no request may name, and the request's own mark, so that an attempt finds
 * what an earlier one of the same request left. A kept database bears the hour until which it is
 * kept: whoever finds one without knowing its request can tell.
 */
public final class RestoreNames {
  /** No other database holds it. */
  public static final String MARK = "__salvor_";

  /** PostgreSQL cuts identifiers at NAMEDATALEN - 1 bytes. */
  private static final int LONGEST = 63;

  private static final int REQUEST_LENGTH = 8;

  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("yyyyMMddHH", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final String UNKNOWN_HOUR = "YYYYMMDDHH";
  private static final int HOUR_LENGTH = UNKNOWN_HOUR.length();

  private static final Pattern KEPT =
      Pattern.compile("(?s).*__salvor_kept_[a-z2-7]{8}_([0-9]{10})");

  private static final Pattern OURS =
      Pattern.compile("(?s).*__salvor_(?:new_[a-z2-7]{8}|kept_[a-z2-7]{8}_[0-9]{10})");

  private final String target;
  private final String request;

  /** Of one request and its target. */
  public RestoreNames(String target, String requestUid) {
    this.target = target;
    this.request = StableHash.of("restore", requestUid).letters(REQUEST_LENGTH);
  }

  /** The database that is restored into. */
  public String side() {
    return named("new_" + request);
  }

  /** The database that was replaced. */
  public String kept(Instant until) {
    return named("kept_" + request + "_" + HOUR.format(until.plus(1, ChronoUnit.HOURS)));
  }

  /** The same, for people, while the hour is not known yet. */
  public String kept() {
    return named("kept_" + request + "_" + UNKNOWN_HOUR);
  }

  /** Whether it was kept by this request in place of its target, whatever the hour. */
  public boolean isKept(String database) {
    return KEPT.matcher(database).matches()
        && database.equals(
            named("kept_" + request + "_" + database.substring(database.length() - HOUR_LENGTH)));
  }

  /** Until when a database is kept; empty where it is none of ours. */
  public static Optional<Instant> until(String database) {
    var matcher = KEPT.matcher(database);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    var hour = matcher.group(1);
    return Optional.of(
        Instant.parse(
            hour.substring(0, 4)
                + "-"
                + hour.substring(4, 6)
                + "-"
                + hour.substring(6, 8)
                + "T"
                + hour.substring(8, 10)
                + ":00:00Z"));
  }

  /** Whether a restore made this name: nothing else is ever dropped. */
  public static boolean isOurs(String database) {
    return OURS.matcher(database).matches();
  }

  private String named(String tail) {
    var suffix = MARK + tail;
    return cut(target, LONGEST - suffix.length()) + suffix;
  }

  /** Never within a character: the name must be text. */
  private static String cut(String text, int bytes) {
    var end = text.length();
    while (text.substring(0, end).getBytes(StandardCharsets.UTF_8).length > bytes) {
      end = text.offsetByCodePoints(end, -1);
    }
    return text.substring(0, end);
  }
}
