package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.postgres.ServerAddress;
import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostedRestoreTest {
  /** Of a server that says nothing it cannot be known whose it is. */
  @ParameterizedTest
  @CsvSource({
    "db.zyxwvutsrqponmlkjihg.supabase.co, postgres, true",
    "aws-0-eu-central-1.pooler.supabase.com, postgres.zyxwvutsrqponmlkjihg, true",
    "localhost, postgres, true",
    "127.0.0.1, postgres, true",
    "192.0.2.7, postgres, false",
    "db.shop.example, postgres, false"
  })
  void whoseServerItIsIsInItsNameOrItsUsers(String host, String user, boolean says) {
    var address = new ServerAddress.Tcp(host, InetAddress.getLoopbackAddress(), 5432);

    assertThat(HostedRestore.nameless("zyxwvutsrqponmlkjihg", address, user).isEmpty())
        .isEqualTo(says);
  }
}
