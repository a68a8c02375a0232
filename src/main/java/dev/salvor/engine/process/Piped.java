package dev.salvor.engine.process;

/**
 * How two programs ended whose streams were joined.
 *
 * @param bytes taken from the producer and accepted by the consumer
 * @param closedEarly the consumer stopped reading before the end; the producer was then ended, and
 *     its exit code says only that
 */
public record Piped(Completed producer, Completed consumer, long bytes, boolean closedEarly) {
  /** Both exited by 0 and every byte was read. */
  public boolean succeeded() {
    return producer.succeeded() && consumer.succeeded() && !closedEarly;
  }
}
