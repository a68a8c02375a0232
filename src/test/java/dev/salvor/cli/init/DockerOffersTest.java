package dev.salvor.cli.init;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.local.docker.RunningContainer;
import dev.salvor.plan.DockerView;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerOffersTest {
  private static final String PROJECT = "com.docker.compose.project";
  private static final String SERVICE = "com.docker.compose.service";

  @Test
  void serversAreOfferedAndTheVolumesThatAreNotTheirs() {
    var offers =
        DockerOffers.of(
            List.of(
                container("shop-web-1", "nginx:1", Set.of(80), compose("web"), "shop_uploads"),
                container("shop-db-1", "postgres:17", Set.of(5432), compose("db"), "shop_data"),
                container("alone", "registry.example/own:1", Set.of(5432), Map.of(), "alone_data")),
            seen(
                volume("shop_uploads", Map.of(PROJECT, "shop"), Map.of()),
                volume("shop_config", Map.of(PROJECT, "shop"), Map.of()),
                volume("shop_data", Map.of(PROJECT, "shop"), Map.of()),
                volume("alone_data", Map.of(), Map.of()),
                volume("share", Map.of(), Map.of("type", "nfs")),
                volume("0123456789abcdef".repeat(4), Map.of(), Map.of()),
                volume("notes", Map.of(), Map.of())));

    assertThat(offers.sources())
        .containsExactly(
            new DockerOffers.Offer(
                "PostgreSQL in the container alone", new Source.Container("alone", List.of())),
            new DockerOffers.Offer(
                "PostgreSQL in the Compose service db of shop",
                new Source.Service("shop", "db", List.of())),
            new DockerOffers.Offer("the Docker volume notes", new Source.Volumes(List.of("notes"))),
            new DockerOffers.Offer(
                "the Docker volumes shop_config, shop_uploads",
                new Source.Volumes(List.of("shop_config", "shop_uploads"))));
  }

  @ParameterizedTest
  @CsvSource({
    "postgres:17-alpine, true",
    "registry.example:5000/library/postgres, true",
    "bitnami/postgresql@sha256:0123, true",
    "postgis/postgis:17-3.5, true",
    "postgrest/postgrest:v12, false",
    "prometheuscommunity/postgres-exporter, false",
    "registry.example/postgres/backup:1, false",
  })
  void aServerIsKnownByTheNameOfItsImage(String image, boolean isServer) {
    var offers =
        DockerOffers.of(
            List.of(container("a", image, Set.of(9187), Map.of(), "a_data")),
            seen(volume("a_data", Map.of(), Map.of())));

    assertThat(offers.sources().getFirst().source())
        .isEqualTo(
            isServer
                ? new Source.Container("a", List.of())
                : new Source.Volumes(List.of("a_data")));
  }

  @Test
  void aLabelDoesNotSteerTheTerminal() {
    var offers =
        DockerOffers.of(
            List.of(container("a", "postgres", Set.of(), compose("db\u001b[2J\u009b"), "a_data")),
            seen());

    assertThat(offers.sources().getFirst().text()).endsWith("db?[2J? of shop");
  }

  /** Its parts are offered no more: databases alone would leave out its files. */
  @Test
  void aSupabaseIsOfferedAsAWhole() {
    var ofIt = Map.of(PROJECT, "supabase", SERVICE, "db");
    var server =
        new DockerView.Container(
            "supabase-db", true, "supabase/postgres:17.6.1", null, ofIt, Map.of(), null, List.of());
    var offers =
        DockerOffers.of(
            List.of(
                container("supabase-db", "supabase/postgres:17.6.1", Set.of(5432), ofIt, "data"),
                container("alone", "postgres", Set.of(5432), Map.of(), "alone_data")),
            new DockerView.Seen(
                "/d",
                List.of(volume("supabase_db-config", Map.of(PROJECT, "supabase"), Map.of())),
                List.of(server)));

    assertThat(offers.sources())
        .containsExactly(
            new DockerOffers.Offer("the Supabase supabase", new Source.Supabase("supabase")),
            new DockerOffers.Offer(
                "PostgreSQL in the container alone", new Source.Container("alone", List.of())));
  }

  private static DockerView.Seen seen(DockerView.Volume... volumes) {
    return new DockerView.Seen("/d", List.of(volumes), List.of());
  }

  private static Map<String, String> compose(String service) {
    return Map.of(PROJECT, "shop", SERVICE, service);
  }

  private static RunningContainer container(
      String name, String image, Set<Integer> ports, Map<String, String> labels, String volume) {
    return new RunningContainer(name, image, ports, labels, List.of(volume));
  }

  private static DockerView.Volume volume(
      String name, Map<String, String> labels, Map<String, String> options) {
    return new DockerView.Volume(
        name, "local", options, labels, "/var/lib/" + name, DockerView.Sight.SEEN, List.of());
  }
}
