package dev.salvor.cli.init;

import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whoever answers what the options of the command leave open. */
public interface Dialogue {
  /** An answer that is not refused. */
  String ask(Question question);

  /** What was said already, else what is answered now. */
  default String answer(@Nullable String said, Question question) {
    if (said == null) {
      return ask(question);
    }
    var refusal = question.refusal().apply(said);
    if (refusal.isPresent()) {
      throw new CommandFailed(Exit.USAGE, question.option() + ": " + refusal.get());
    }
    return said;
  }

  /** An answer that is not shown while it is typed; empty if none is given. */
  Hidden askHidden(String question);

  /** The number of a choice, from 0. */
  int choose(String question, List<String> choices, String options);

  /** Whether somebody is there to choose. */
  boolean isHeld();

  /** Something that one should know. */
  void say(String text);

  /** Nobody: what is usual counts, and what must be said is missing. */
  Dialogue NOBODY =
      new Dialogue() {
        @Override
        public String ask(Question question) {
          if (question.usual() == null) {
            throw missing(question.option());
          }
          return question.usual();
        }

        @Override
        public Hidden askHidden(String question) {
          return new Hidden("");
        }

        @Override
        public int choose(String question, List<String> choices, String options) {
          throw missing(options);
        }

        @Override
        public boolean isHeld() {
          return false;
        }

        @Override
        public void say(String text) {
          // Nobody hears it.
        }
      };

  private static CommandFailed missing(String options) {
    return new CommandFailed(
        Exit.USAGE, "this is no terminal, so that nothing can be asked: give " + options);
  }
}
