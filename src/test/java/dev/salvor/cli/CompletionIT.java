package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.process.Programs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Words are completed by real shells, at a real terminal where they need one. */
class CompletionIT {
  private static final Path SHELLS = Programs.here().cache().resolve("test").resolve("shells");
  private static final int PATIENCE_SECONDS = 60;

  @TempDir private Path temporary;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          salvor desc               | describe
          salvor get po             | points policies
          salvor get -o             | json yaml wide
          salvor store rec          | recovery-sheet
          salvor completion f       | fish
          salvor backup --wa        | --wait
          """)
  void bashOffers(String typed, String words) throws Exception {
    assertThat(bash(typed)).containsExactlyInAnyOrder(words.split(" ", -1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'salvor desc'             | describe
          'salvor get po'           | policies points
          'salvor get -o '          | json wide yaml
          'salvor store rec'        | recovery-sheet
          'salvor completion f'     | fish
          'salvor help comp'        | completion
          'salvor backup --wa'      | --wait
          'salvor validate %s/m'    | manifests/
          """)
  void fishOffers(String typed, String words) throws Exception {
    Files.createDirectory(temporary.resolve("manifests"));

    var offered = fish(typed.formatted(temporary));

    assertThat(offered)
        .extracting(word -> word.replace(temporary + "/", ""))
        .containsExactlyInAnyOrder(words.split(" ", -1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"salvor get --wa", "salvor tra", "salvor backup po"})
  void fishOffersNothingThatIsNotMeant(String typed) throws Exception {
    assertThat(fish(typed)).isEmpty();
  }

  /** A terminal is needed: its editor completes, not the shell's language. */
  @Test
  void zshCompletesAsOneTypes() throws Exception {
    var modules = SHELLS.resolve("usr/lib/x86_64-linux-gnu/zsh/5.9");
    var start =
        write(
            "start.zsh",
            """
            module_path=(%s)
            fpath=(%s/usr/share/zsh/functions/**/*(/))
            autoload -Uz compinit && compinit -u -d %s/dump
            . %s
            salvor() { print -r -- "heard: $*"; }
            PS1=
            """
                .formatted(modules, SHELLS, temporary, script("zsh")));
    assertCompleted(SHELLS.resolve("bin/zsh") + " -f -i", start);
  }

  @Test
  void bashCompletesAsOneTypes() throws Exception {
    var start =
        write(
            "start.bash",
            """
            . %s
            salvor() { echo "heard: $*"; }
            PS1=
            """
                .formatted(script("bash")));

    assertCompleted("bash --noprofile --norc -i", start);
  }

  private void assertCompleted(String shell, Path start) throws Exception {
    var typed = ". " + start + "\nsalvor desc\tshop-db\nsalvor store rec\t\nexit\n";

    assertThat(atTerminal(shell, typed))
        .contains("heard: describe shop-db", "heard: store recovery-sheet");
  }

  private List<String> bash(String typed) throws Exception {
    var program =
        write(
            "offer.bash",
            """
            . %s
            compopt() { :; } # there is no editor here whose options it could set
            read -ra COMP_WORDS <<<"$1"
            [[ $1 != *' -o' ]] || COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMP_LINE=$1 COMP_POINT=${#1}
            _complete_salvor
            printf '%%s\\n' "${COMPREPLY[@]}"
            """
                .formatted(script("bash")));
    return run(List.of("bash", program.toString(), typed)).lines().map(String::strip).toList();
  }

  private List<String> fish(String typed) throws Exception {
    var program =
        write(
            "offer.fish",
            """
            set fish_function_path %s/usr/share/fish/functions
            set fish_complete_path
            source %s
            complete -C "$argv[1]"
            """
                .formatted(SHELLS, script("fish")));
    return run(List.of(
            SHELLS.resolve("usr/bin/fish").toString(), "--no-config", program.toString(), typed))
        .lines()
        .map(line -> line.split("\t", 2)[0])
        .toList();
  }

  private Path script(String shell) throws IOException {
    var out = new StringWriter();
    assertThat(
            Main.commandLine("completion", shell)
                .setOut(new PrintWriter(out))
                .execute("completion", shell))
        .isZero();
    return write("completion." + shell, out.toString());
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(temporary.resolve(name), content);
  }

  private String run(List<String> command) throws Exception {
    var process = builder(command).start();
    process.getOutputStream().close();
    return ended(process);
  }

  private String atTerminal(String command, String typed) throws Exception {
    var process = builder(List.of("script", "-qec", command, "/dev/null")).start();
    try (var keyboard = process.getOutputStream()) {
      keyboard.write(typed.getBytes(StandardCharsets.UTF_8));
      keyboard.flush();
      return ended(process);
    }
  }

  private static String ended(Process process) throws Exception {
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as(said).isTrue();
    return said;
  }

  private ProcessBuilder builder(List<String> command) {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", SHELLS + "/usr/lib/x86_64-linux-gnu");
    builder.environment().put("HOME", temporary.toString());
    builder.environment().put("TERM", "dumb");
    return builder;
  }
}
