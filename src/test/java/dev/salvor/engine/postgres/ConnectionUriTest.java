package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.SslMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionUriTest {
  @Test
  void aWholeUriIsRead() {
    var uri =
        ConnectionUri.parse(
            "postgresql://us%40er:p%3Aa%2Fs+s%25@db.shop:6432/my%20db?sslmode=verify-full&x=y");

    assertThat(uri.hosts()).containsExactly(new HostPort("db.shop", 6432));
    assertThat(uri.user()).isEqualTo("us@er");
    assertThat(uri.password()).isEqualTo(new Password("p:a/s+s%"));
    assertThat(uri.database()).isEqualTo("my db");
    assertThat(uri.sslMode()).isEqualTo(SslMode.VERIFY_FULL);
    assertThat(uri.toString()).doesNotContain("p:a/s+s%");
  }

  @Test
  void whatIsNotSaidIsNull() {
    var uri = ConnectionUri.parse("postgres://db");

    assertThat(uri.hosts()).containsExactly(new HostPort("db", 5432));
    assertThat(uri.user()).isNull();
    assertThat(uri.password()).isNull();
    assertThat(uri.database()).isNull();
    assertThat(uri.sslMode()).isNull();
  }

  @Test
  void severalHostsKeepTheirOrder() {
    assertThat(
            ConnectionUri.parse("postgresql://u@a:1,b,[fd00::1]:3/db?target_session_attrs=primary"))
        .returns(TargetSession.PRIMARY, ConnectionUri::targetSession)
        .extracting(ConnectionUri::hosts)
        .isEqualTo(
            java.util.List.of(
                new HostPort("a", 1), new HostPort("b", 5432), new HostPort("fd00::1", 3)));
  }

  @Test
  void parametersSayWhereAndWhoToo() {
    var uri =
        ConnectionUri.parse(
            "postgresql:///shop?host=%2Frun%2Fpostgresql&port=5433&user=me&password=secret");

    assertThat(uri.hosts()).containsExactly(new HostPort("/run/postgresql", 5433));
    assertThat(uri.user()).isEqualTo("me");
    assertThat(uri.password()).isEqualTo(new Password("secret"));
    assertThat(uri.database()).isEqualTo("shop");
  }

  @Test
  void aSocketFolderMayStandInTheAuthority() {
    assertThat(ConnectionUri.parse("postgresql://u@%2Frun%2Fpg:7/db").hosts())
        .containsExactly(new HostPort("/run/pg", 7));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mysql://u:hidden@h/db",
        "host=h password=hidden",
        "postgresql://u:hidden%2@h/db",
        "postgresql://u:hidden@h:99999/db",
        "postgresql://u:hidden@h:port/db",
        "postgresql://u:hidden@h/db?sslmode=sometimes",
        "postgresql://u:hidden@h/db?target_session_attrs=best",
        "postgresql://u:hidden@[::1/db"
      })
  void whatCannotBeReadIsRefusedWithoutShowingThePassword(String text) {
    assertThatThrownBy(() -> ConnectionUri.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .doesNotContain("hidden");
  }
}
