package dev.salvor.cli.init;

import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import java.io.Console;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A person at a terminal. */
public final class TerminalDialogue implements Dialogue {
  private final Console console;

  public TerminalDialogue(Console console) {
    this.console = console;
  }

  @Override
  public String ask(Question question) {
    var usual = question.usual();
    while (true) {
      var typed = heard(console.readLine("%s", prompt(question.text(), usual))).strip();
      var answer = typed.isEmpty() && usual != null ? usual : typed;
      var refusal =
          answer.isEmpty()
              ? Optional.of("something must be said")
              : question.refusal().apply(answer);
      if (refusal.isEmpty()) {
        return answer;
      }
      say("   " + refusal.get());
    }
  }

  @Override
  public Hidden askHidden(String question) {
    var typed = console.readPassword("%s: ", question);
    if (typed == null) {
      throw ended();
    }
    return new Hidden(new String(typed));
  }

  @Override
  public int choose(String question, List<String> choices, String options) {
    say(question);
    for (int choice = 0; choice < choices.size(); choice++) {
      say("   " + (choice + 1) + "  " + choices.get(choice));
    }
    var number =
        ask(
            new Question(
                "  ",
                options,
                "1",
                text ->
                    text.matches("[0-9]{1,3}")
                            && Integer.parseInt(text) >= 1
                            && Integer.parseInt(text) <= choices.size()
                        ? Optional.empty()
                        : Optional.of("a number from 1 to " + choices.size())));
    return Integer.parseInt(number) - 1;
  }

  @Override
  public boolean isHeld() {
    return true;
  }

  @Override
  public void say(String text) {
    console.printf("%s%n", text);
  }

  private static String prompt(String text, @Nullable String usual) {
    return text + (usual == null ? ": " : " [" + usual + "]: ");
  }

  private static String heard(@Nullable String line) {
    if (line == null) {
      throw ended();
    }
    return line;
  }

  private static CommandFailed ended() {
    return new CommandFailed(Exit.FAILED, "ended before all was answered; nothing was written");
  }
}
