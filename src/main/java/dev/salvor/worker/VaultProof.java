package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.SqlFailures;
import dev.salvor.engine.postgres.sandbox.ServerFolder;
import dev.salvor.plan.verdict.Judgement;
import java.util.List;

/**
 * Whether the restored secrets of Vault can be read by a server that was given the restored key.
 * None of them leaves the server, and nothing of what it says of one.
 */
final class VaultProof {
  private static final String SCRIPT =
      "SELECT coalesce(pg_catalog.current_setting('vault.getkey_script', true), '')";

  private static final String VIEW =
      "SELECT pg_catalog.to_regclass('vault.decrypted_secrets') IS NOT NULL";

  private static final String DECRYPTED =
      "SELECT pg_catalog.count(decrypted_secret) FROM vault.decrypted_secrets";

  private static final String ALL = "SELECT pg_catalog.count(*) FROM vault.secrets";

  /** What libsodium's answer is called by Vault and pgsodium, whatever the version. */
  private static final String WRONG_KEY = "invalid ciphertext";

  private VaultProof() {}

  /** Where it cannot be tried it is said, and nothing follows from it. */
  static Proof attempt(PostgresSession session) {
    try {
      if (!ServerFolder.isGiven(session.text(SCRIPT))) {
        return content("secrets of Vault not decrypted: the server has no key");
      }
      if (!session.truth(VIEW)) {
        return content("secrets of Vault not decrypted: there is no vault.decrypted_secrets");
      }
      var all = session.number(ALL);
      var decrypted = session.number(DECRYPTED);
      return all == decrypted
          ? content(all + " secrets of Vault decrypted")
          // A secret without a key of its own has no value at its source either.
          : content(decrypted + " of " + all + " secrets of Vault decrypted");
    } catch (EngineException e) {
      var state = SqlFailures.state(e);
      if (state.isEmpty() || state.startsWith("08") || state.startsWith("57")) {
        throw e; // It is not Vault that failed.
      }
      return String.valueOf(e.failure().message()).contains(WRONG_KEY)
          ? Proof.refuted(
              Reason.FACTS_DIFFER,
              "Secrets of Vault cannot be decrypted with the key that the point holds: the server"
                  + " may have lost its key and made another.")
          : content("secrets of Vault not decrypted: the server cannot");
    }
  }

  private static Proof content(String coverage) {
    return new Proof(
        new Judgement(VerdictOutcome.VERIFIED, null, "Equal with its source."),
        List.of(),
        coverage);
  }
}
