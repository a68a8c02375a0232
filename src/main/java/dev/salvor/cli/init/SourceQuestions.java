package dev.salvor.cli.init;

import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The first question: what is to be protected. */
final class SourceQuestions {
  private static final String SOURCES =
      "one of --postgres, --container, --compose-service, --supabase, --folder and --docker-volume";
  private static final String DOCKER = "[a-zA-Z0-9][a-zA-Z0-9_.-]*";

  private final Wishes.What what;
  private final Dialogue dialogue;
  private final Supplier<DockerOffers> docker;

  SourceQuestions(Wishes.What what, Dialogue dialogue, Supplier<DockerOffers> docker) {
    this.what = what;
    this.dialogue = dialogue;
    this.docker = docker;
  }

  Source source() {
    var source = anySource();
    return switch (source) {
      case Source.Server(var _, var _, var _),
          Source.Container(var _, var _),
          Source.Service(var _, var _, var _) ->
          source;
      case Source.Supabase(var _), Source.Folder(var _), Source.Volumes(var _) -> {
        if (!what.databases().isEmpty()) {
          throw new CommandFailed(Exit.USAGE, "--database goes with a server of PostgreSQL only");
        }
        yield source;
      }
    };
  }

  private Source anySource() {
    var named =
        Stream.of(what.postgres(), what.container(), what.service(), what.supabase(), what.folder())
            .filter(Objects::nonNull)
            .count();
    if (named + (what.volumes().isEmpty() ? 0 : 1) > 1) {
      throw new CommandFailed(
          Exit.USAGE,
          SOURCES + " at a time: a policy protects one thing, run it again for another");
    }
    if (what.postgres() != null) {
      return server(what.postgres());
    }
    if (what.container() != null) {
      return new Source.Container(docker("--container", what.container()), what.databases());
    }
    if (what.service() != null) {
      return service(what.service());
    }
    if (what.supabase() != null) {
      return new Source.Supabase(docker("--supabase", what.supabase()));
    }
    if (what.folder() != null) {
      return folder(what.folder());
    }
    return what.volumes().isEmpty()
        ? askedSource()
        : new Source.Volumes(
            what.volumes().stream().map(name -> docker("--docker-volume", name)).toList());
  }

  private Source askedSource() {
    var choices = new ArrayList<String>();
    var sources = new ArrayList<Supplier<Source>>();
    var offers = dialogue.isHeld() ? docker.get() : DockerOffers.NONE;
    for (var offer : offers.sources()) {
      choices.add(offer.text());
      sources.add(() -> with(offer.source(), what.databases()));
    }
    choices.add("PostgreSQL: a server, by its address");
    sources.add(() -> server(null));
    choices.add("a folder of this machine");
    sources.add(() -> folder(null));
    if (offers.silence() != null) {
      dialogue.say("(No containers and volumes are offered. " + offers.silence() + ")");
    }
    var chosen = dialogue.choose("1. What is to be protected?", choices, SOURCES);
    return sources.get(chosen).get();
  }

  private static Source with(Source offered, List<String> databases) {
    return switch (offered) {
      case Source.Container(var name, var _) -> new Source.Container(name, databases);
      case Source.Service(var project, var service, var _) ->
          new Source.Service(project, service, databases);
      case Source.Server(var _, var _, var _),
          Source.Supabase(var _),
          Source.Folder(var _),
          Source.Volumes(var _) ->
          offered;
    };
  }

  private Source server(@Nullable String uri) {
    var address =
        ServerAddress.parse(
            dialogue.answer(
                uri,
                new Question(
                    "   Address, such as postgresql://shop@127.0.0.1:5432/shop (no password in it)",
                    "--postgres",
                    null,
                    ServerAddress::refusal)));
    var password =
        what.password()
            .orElseGet(
                () ->
                    dialogue.askHidden(
                        "   Password of "
                            + address.user()
                            + " (not shown; Enter if the server asks for none)"));
    var named = what.databases();
    return new Source.Server(
        address,
        password.isEmpty() ? null : password,
        named.isEmpty() && address.database() != null ? List.of(address.database()) : named);
  }

  private Source service(String text) {
    var slash = text.indexOf('/');
    if (slash < 0) {
      throw new CommandFailed(Exit.USAGE, "--compose-service is PROJECT/SERVICE, such as shop/db");
    }
    return new Source.Service(
        docker("--compose-service", text.substring(0, slash)),
        docker("--compose-service", text.substring(slash + 1)),
        what.databases());
  }

  private static String docker(String option, String name) {
    if (!name.matches(DOCKER)) {
      throw new CommandFailed(Exit.USAGE, option + ": Docker has no names such as '" + name + "'");
    }
    return name;
  }

  private Source folder(@Nullable String path) {
    return new Source.Folder(
        dialogue.answer(
            path,
            new Question(
                "   Path of the folder",
                "--folder",
                null,
                text ->
                    Path.of(text).isAbsolute() && Files.isDirectory(Path.of(text))
                        ? Optional.empty()
                        : Optional.of("the absolute path of a folder that is there"))));
  }
}
