package dev.salvor.operator;

import dev.salvor.plan.Announcement;
import dev.salvor.plan.StableHash;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that writes events. An event's name is a hash of what it tells, so that telling it
 * again after a crash is refused by the API server. They are written one by one beside all other
 * work: that one cannot be written, or comes late, stops nothing.
 */
final class Announcer implements AutoCloseable {
  private static final String CONTROLLER = "salvor.dev/operator";

  /** Of events.k8s.io/v1. */
  private static final int LONGEST_NOTE = 1024;

  private static final int HASH_LENGTH = 16;

  /** What precedes a hash and a dot in a name of at most 253 characters. */
  private static final int LONGEST_NAME = 230;

  /** MicroTime: six digits, always. */
  private static final DateTimeFormatter MICROSECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /** As many as a thousand policies tell at once, and more. */
  private static final int MOST_WAITING = 5_000;

  /** What is still to be told when the operator ends. */
  private static final Duration ENDING = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);

  private final KubernetesClient client;
  private final String instance;
  private final Clock clock;
  private final ThreadPoolExecutor teller =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST_WAITING),
          Thread.ofPlatform().daemon().name("announcer").factory(),
          (event, full) -> LOG.warn("an event is not told: too many wait to be"));

  Announcer(KubernetesClient client, String instance, Clock clock) {
    this.client = client;
    this.instance = instance;
    this.clock = clock;
  }

  void announce(HasMetadata about, Announcement announcement) {
    var metadata = about.getMetadata();
    var hash = StableHash.of(metadata.getUid(), announcement.key()).letters(HASH_LENGTH);
    var name = metadata.getName();
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(metadata.getNamespace())
            .withName(name.substring(0, Math.min(name.length(), LONGEST_NAME)) + "." + hash)
            .endMetadata()
            .withEventTime(new MicroTime(MICROSECONDS.format(clock.instant())))
            .withReportingController(CONTROLLER)
            .withReportingInstance(instance)
            .withType(announcement.type().text())
            .withReason(announcement.reason())
            .withAction(announcement.action())
            .withNote(cut(announcement.note()))
            .withNewRegarding()
            .withApiVersion(about.getApiVersion())
            .withKind(about.getKind())
            .withNamespace(metadata.getNamespace())
            .withName(name)
            .withUid(metadata.getUid())
            .endRegarding()
            .build();
    teller.execute(() -> tell(event, announcement));
  }

  /** Ends, after what is to be told was told, but soon. */
  @Override
  public void close() {
    teller.shutdown();
    try {
      if (!teller.awaitTermination(ENDING.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("{} events are not told: the operator ends", teller.shutdownNow().size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(Event event, Announcement announcement) {
    try {
      client.resource(event).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        LOG.atWarn().addKeyValue("event", announcement.key()).log("not told: " + e.getMessage());
      }
    }
  }

  private static String cut(String note) {
    return note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE - 1) + "…";
  }
}
