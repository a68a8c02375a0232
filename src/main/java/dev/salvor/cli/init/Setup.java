package dev.salvor.cli.init;

import java.time.Instant;

/**
 * Everything that was answered.
 *
 * @param name of the policy
 * @param timeZone IANA's name
 * @param now when it is written
 */
public record Setup(
    String namespace,
    String name,
    Source source,
    Destination destination,
    Rhythm rhythm,
    Keeping keeping,
    String timeZone,
    Instant now) {}
