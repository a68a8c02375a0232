package dev.salvor.cli.init;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A question.
 *
 * @param option that answers it where nobody can be asked
 * @param usual what counts if nothing is said; null: something must be
 * @param refusal what is wrong with an answer, if anything
 */
public record Question(
    String text,
    String option,
    @Nullable String usual,
    Function<String, Optional<String>> refusal) {}
